# The two programs, each as an image that holds /fwatchdog and nothing else, to be copied into the images of functions:
#   docker build -t fwatchdog:classic --target classic --build-arg REVISION="$(git rev-parse HEAD)" .
#   docker build -t fwatchdog:of --target of-watchdog --build-arg REVISION="$(git rev-parse HEAD)" .
# With BuildKit's --platform linux/amd64,linux/arm64 both architectures are made: the compiler crosses over, nothing is emulated.
ARG DEBIAN=debian:trixie-slim
FROM --platform=$BUILDPLATFORM $DEBIAN AS build
ARG TARGETARCH
ARG REVISION=unknown
WORKDIR /src
COPY . .
RUN scripts/build ${TARGETARCH:+--arch "$TARGETARCH"} --revision "$REVISION" /build

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
