/// Keys and tokens that were made with another library, and signatures of theirs for the text `message`. The private keys are
/// gone.
#pragma once

#include <string>
#include <string_view>

namespace fwatchdog::test {

inline constexpr std::string_view kModulus =
    "vHeuhiqnd60b7N-NhV-uRx5hybT9ODUksOI1oVMWJ3tpV8YzzJ1vMC54RgoNTypGSUopyP-zzET2_XT8_o9TICAfeuzg34MMdelsXN6VkAaEze"
    "3X8LG8iLxboQkpOPrgzQ5kMtcq5N9DhkcWynIofLjTV72nY87N2MGSkMW3gg6bQWRdlqkFrCHf-"
    "o1yDgGO4eTM8afEB49mPzWJ5qIqWJQl_Sb42CDeyYKPsSxuEZmntlg9Bsl0EtCHcPKeOmCTzTvMIyufLoGk28rC6La0CCOlEupvSl38ratfDIv"
    "NY6jt2V1qOCzYWbba3Fh3AKDs_vuWRI5J6BJ9Ada7zncOJw";
inline constexpr std::string_view kExponent = "AQAB";
/// RSA with PSS, but with a salt of no bytes.
inline constexpr std::string_view kUnsalted =
    "hoLfmJsJNf7Q2847X8TRt4wIVwHT06jc0aa62UlSRRDmrh3sAbIM9C6faQqM3dY9VC9Kn7WgipPqkl44Odtb4XXTJJ9vO8_DpjLHstDVlnexNI"
    "QPqDgojWLVGDWp-"
    "50DII5kRjo_dW5NjdrIuUDSlguH2kKvn05mpjkhqk3bWz2c5DtoDPVu71aqTMP5hqoqQhv51KnjTZwu2nrT1U41dQbA7yxW83LhlDNrV2QuwAx"
    "pMdhE1GzVeSGMLeBe_laJaKiZ5nvSXA7tFoJSgBMEr7RfN5VSN6WOxTB9cOw3q6R-PMLTorYhSpLnPoZGoRnNih7xOHa3_MLFqhmhEA9QVg";

struct GivenSignature {
  std::string_view algorithm, signature;
};
inline constexpr GivenSignature kRsaSignatures[] = {
    {"RS256",
     "bhdWBNLXrrVz7-"
     "G55R9PmqgYZXrh6AqfKDt4CyJeayfUP5LrwoswbD13jxbmjteuw_pSIdDmSKn_A2qYbXg1nefv2aUd6snUdSm4_FIahU8ukwGZfS4XrvEd1uj7"
     "HaQ7eI2YLpkOAmQnCj_4NA2nEN1UZkyVQzYMSX3bp3h8lprPGTKmMBM_uaWojrBR_ERGBJZiIEeP7Xv6j617RCQIWquAOA3bNWDB6rO9ZpypV9"
     "svjRo-6dLQO_KcI0LfWIfsqDlT62NPv_YV4VMRtBfuDCjcT-1RV__IofoGUumDAMSglir7lqr1cBUY7KFYcMh8GK-Ojge2B8C5izw33Tbl2w"},
    {"PS256",
     "f26abLFPQ_GU378NQPMvqcEj1xD3HKeM9r7nXCnfK3afBhmU43VnEMlqY95XVTFmQdOekJVHQS6h678kH3sOZk8Z9Tvgu9NFuxRP-khmZkIWgu"
     "49s-VgcbIhLxtUrCVWf_ZURGx9TZbnmA1fANe98iXoBQogB9_lQpQoSDszvTC3BILr8t0-"
     "fgP48tqsUcF7ZubyID4R5v2rgxN_0udbN23eogiHktyRqgHrtRUveRyS9kRZFHRcZ9oZvaww1zK1gKRi-"
     "teHt8HroZP3ReJix7iMDUuAIgipprK2XE2YQVCRnsn2YNzcNyNDfFeYnzJY_wXDTOiL8M7QQ-yAV2RPfQ"},
    {"RS384",
     "KnWA8d-LDhp68XxXpf1SR9aGu43eVbw5Kk9MG3TAt64oRBp44tl9NWl-7Ps_3A9ZC0y-"
     "90AxzIo4M76oZbBmxFcKYP3NuJKNECDuVd4Yuv4sQrt2egPidneIGIcb1JOqve_DLbcDlWR1XSFa9yx5JX-jk2u5ry-"
     "8kk52P1YIYzN7tDpreAGPhE__sWnVXH_I8lUzVQ9h_ahv7ymJV1ofY0LJtFroU5xrmaOxlsdtA18BVBom0aiM2XLO56tG3WBP1pnWnPFzkK2w3"
     "gDEZzA9LJ3Zk3ztapAatkH2gpxF9FzffrN49acIvqEBcILhJMBVo6DBw1NIdOfrJgakBFBGLw"},
    {"PS384",
     "ay5jew7hm5PB-ynlKpKGdkZ-"
     "p1XpVg17vU46M6itjOr0no91WP9Gc2sR6s7xAV168h6WORc4HEB1qnlrU5frewcY7pMdvCw4C5uTzqEhD7HxyRGjoLgRtzqXK1_SDYIcr9fDdh"
     "ZxBfdhAtjSp4gw11Ho0-"
     "EJKJbK_JMYpjMDhimrjYFIMextNiQcAvTbVPpz3pTlVIICyJG4kwdCX_i_xbbXoREswtuXRxf35xe_lY7iB06Tl5SBPwxcthENRKM4qkGXcva9"
     "TYJ271GHpLDCL8np6hzCwHQgrGsNCtnBYsJWbJL_OqUafzDogdAsMk27mxeY6Tx7gO7y-oQMim3wng"},
    {"RS512",
     "MLw00hjiHiT8uTnwUuO3pgc1HpZWO-rGZb3i-BzWPYjjYc7mC25B1hIiexBqmNDgDN04-"
     "Vx7JIkvVc0W11MgpHx_5nnCXKQFI9zkYuCV0B1cIibvAUiJRL1fV3MNRypeKODK7U7qeZQa1LvyeKLAdobwuN-"
     "edt6rJsLuRId25myswokOJUJtOmZHtKSf2Viw2GCKIDp8SCqyqnqWrQE1ynlt-BW7Yxx7h-"
     "fCAh1ph21RQqTgumTNX068_cxTVKo9Nhj4ZNR7A2kdrlWxwmpPWaXfZRbC2uuDmvYnOlDd4vcAgshOnfkpcGtsS74BVte_-26gsE08jR0-"
     "8tL7FUdguQ"},
    {"PS512",
     "biJJClfb2gGcCEYCaRDiGtK--XMfEanXALh1c9M_DbfezLX1Ok6F0XL-KkNynybhXgaSFnPdS6aZUtSOfXog0zps3Rvg--"
     "p4mj3ViQRYT5oStX4lmvuz_PnoQto4PUprDkIE4BOcREjKvTj-5wNrI592Ky9kPFeKWijtp3LQRgHi7dNH1mz6sWBGkVRYD-"
     "bK3p4Cr0KHlPQ5myL_0gAHKlQ3ffHf39GbO7Gz8zLjZ6EZV3sQpoLLHFj0Okt8HQdhJz4OLiXm4oNGccgYMgQdX_H-SOuv-"
     "prCwG5225SXpsJ_QWrIV2ULvsUAMLmnxJExV7CK7p51ujC6Qj1ou1t41g"},
};

struct GivenCurve {
  std::string_view algorithm, name, x, y, signature;
};
inline constexpr GivenCurve kCurveKeys[] = {
    {"ES256", "P-256", "IjqN14NHzA3Ql7vw-QjjY0gOvRG1q8DbE3G4ZS3qIBI", "uraCMCTOn-I9GAxzhrE4FVoGyEBhW-tqnf8T50EwJX0",
     "MMxQ1f8-zvmNtvyqYx7w3rE-FgIaMYiljtRNuhmNLJ82SS-dtQJyBbSZKjhuUGQwr_mIWpKC982cfJZUDW35lQ"},
    {"ES384", "P-384", "GAFG09uFAWHaRWAB4IluvcSF_pNcCezydtFyd_4Xiud3lGb2eMKLS7bUijd6iYKJ",
     "AXkmGPlOXT1NV6P2BViKQ2QO6ECyZQ5YrpdCeb5hBDxr_Vl6itwxi_StUDYJofEi",
     "KVEMnb9q6GOiHkVLE70WOq6QRgFfwIgnxVk6b400V-"
     "0ygWk71z3NzYmNOrQcyh9WOIHexzca5SuyFefnBLJ1RYEQWKvC45R44pwlnq9zHCemE3acjdGnoxi3zpN6OVc5"},
    {"ES512", "P-521", "AL0S5uGF8XLH24d1sVfsIZ85WXJg1Q6FU4csyUKX6ZsL1dYBM5P48v3xNtDvaCmRfoSHS8b80GV2sWN_AC0qNi2R",
     "AW_7Zmkl_2DtVX1tcXju7toyNNnwhHi8wIKD_uTmi9WKa54_Fx2PJMBOQZapfSvXl443WjQHFi8ohHZVi-Uib0vD",
     "APkTixj4JyJ1rACQyzCA6lEARon6kjo0Y5wkEfGIAT17oIh6la1woFxm-91hXi3-d6Sn-"
     "IGk5C5yoXB5ja8Ygf1MAX_vBHWSQ9NKjiKTDqsepgqjkeyH8wQtHOsyuQYf_xbfePGkWGpBMty7D7tum1ZpmGHxJ5E17bBEP3OA1QSMu4Px"},
};

/// The first of them as a JSON Web Key, and tokens that it signed, of the issuer http://issuer.
inline constexpr std::string_view kJwk =
    R"({"kty":"EC","crv":"P-256","kid":"k1","x":"IjqN14NHzA3Ql7vw-QjjY0gOvRG1q8DbE3G4ZS3qIBI","y")"
    R"(:"uraCMCTOn-I9GAxzhrE4FVoGyEBhW-tqnf8T50EwJX0"})";
/// The same key under another id.
inline std::string second_key() {
  std::string key(kJwk);
  return key.replace(key.find("k1"), 2, "k2");
}
/// Permits `fn:*` until the year 2286.
inline constexpr std::string_view kGoodToken =
    "eyJhbGciOiJFUzI1NiIsImtpZCI6ImsxIn0.eyJpc3MiOiJodHRwOi8vaXNzdWVyIiwiYXVkIjoiaHR0cDovL2lzc3VlciIsImV4cCI6OTk5OT"
    "k5OTk5OSwiZnVuY3Rpb24iOnsicGVybWlzc2lvbnMiOlsiZm46KiJdfX0.hGqqMZVlLcHvAxxwxQnxZRW0cb7nIlFn0bT2Fu0YTULU9XSeI5H1"
    "xA6fI1wkgtA26YLqdiMpgHW6vSXK5a9Ppw";
/// Permits `no:*`.
inline constexpr std::string_view kOtherToken =
    "eyJhbGciOiJFUzI1NiIsImtpZCI6ImsxIn0.eyJpc3MiOiJodHRwOi8vaXNzdWVyIiwiYXVkIjoiaHR0cDovL2lzc3VlciIsImV4cCI6OTk5OT"
    "k5OTk5OSwiZnVuY3Rpb24iOnsicGVybWlzc2lvbnMiOlsibm86KiJdfX0.bi3CbcWA8mg2e_WGPUEmodm5MEUZ5B0T3Z3Fuv1-XLKqQwoZB-"
    "tH2p8q0ytKTrnGcf8GKQ2zVFHC1FcxuBoYOg";
inline constexpr std::string_view kExpiredToken =
    "eyJhbGciOiJFUzI1NiIsImtpZCI6ImsxIn0.eyJpc3MiOiJodHRwOi8vaXNzdWVyIiwiYXVkIjoiaHR0cDovL2lzc3VlciIsImV4cCI6MSwiZn"
    "VuY3Rpb24iOnsicGVybWlzc2lvbnMiOlsiZm46KiJdfX0.J4aQ5AnIoZE0PIKLF4chi0zVH9M88PVvj2WIwOWeMaPjSLIIiaTSqjfehYl_U6xU"
    "l1bVTP8pvITStF_LGL-SSQ";
/// As kGoodToken, with the kid `k2`.
inline constexpr std::string_view kLaterToken =
    "eyJhbGciOiJFUzI1NiIsImtpZCI6ImsyIn0.eyJpc3MiOiJodHRwOi8vaXNzdWVyIiwiYXVkIjoiaHR0cDovL2lzc3VlciIsImV4cCI6OTk5OT"
    "k5OTk5OSwiZnVuY3Rpb24iOnsicGVybWlzc2lvbnMiOlsiZm46KiJdfX0.KKHzmLJtmWpuMvFkQatiMvOm7_zujxl3cmAWfBh8DNCbxuE7xSfP"
    "VwvkyJW5PrAf2tJSbrOaChDRBLg64JtW2A";

}  // namespace fwatchdog::test
