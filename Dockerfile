# The two programs, each as an image that holds /fwatchdog and nothing else, to be copied into the images of functions, and the library:
#   docker build -t fwatchdog:classic --target classic --build-arg REVISION="$(git rev-parse HEAD)" .
#   docker build -t fwatchdog:of --target of-watchdog --build-arg REVISION="$(git rev-parse HEAD)" .
#   docker build -t fwatchdog:library --target library .
# With BuildKit's --platform linux/amd64,linux/arm64 both architectures are made: the compiler crosses over, nothing is emulated.
ARG DEBIAN=debian:trixie-slim
FROM --platform=$BUILDPLATFORM $DEBIAN AS build
ARG TARGETARCH
ARG REVISION=unknown
WORKDIR /src
COPY . .
RUN scripts/build ${TARGETARCH:+--arch "$TARGETARCH"} --revision "$REVISION" /build

# For functions in C++ on the same release of Debian (templates/cpp-http): headers, archives and pkg-config files in /usr/local.
FROM $DEBIAN AS library-build
WORKDIR /src
COPY . .
RUN scripts/setup --build && scripts/library /installed

FROM scratch AS library
LABEL org.opencontainers.image.title="fwatchdog library" \
      org.opencontainers.image.description="What a function in C++ is linked with to serve itself" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="MIT"
COPY --from=library-build /installed /

FROM scratch AS classic
ARG REVISION=unknown
LABEL org.opencontainers.image.title="fwatchdog classic" \
      org.opencontainers.image.description="The classic function watchdog: one process for each request" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.licenses="MIT"
COPY --from=build /build/programs/watchdog /fwatchdog

FROM scratch AS of-watchdog
ARG REVISION=unknown
LABEL org.opencontainers.image.title="fwatchdog of-watchdog" \
      org.opencontainers.image.description="The function watchdog with the modes http, streaming, serializing and static" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.licenses="MIT"
COPY --from=build /build/programs/of-watchdog /fwatchdog
