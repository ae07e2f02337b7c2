# syntax=docker/dockerfile:1

# The control plane: one image, its programs are chosen by the command (api by default, worker).
# The boot program and Directus share an image of their own: apps/directus/Dockerfile.

FROM node:24.21.0-bookworm-slim AS build
WORKDIR /trm
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=optional
COPY nest-cli.json tsconfig.json tsconfig.build.json ./
COPY apps apps
COPY libs libs
RUN npm run build && npm prune --omit=dev --omit=optional

FROM node:24.21.0-bookworm-slim
ENV NODE_ENV=production
WORKDIR /trm
COPY package.json ./
COPY db-init db-init
COPY docs/rules docs/rules
COPY --from=build /trm/node_modules node_modules
COPY --from=build /trm/dist dist
USER node
EXPOSE 3000
CMD ["node", "--enable-source-maps", "dist/apps/api/src/main.js"]
