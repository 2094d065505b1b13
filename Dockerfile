# One image for every service; docker-compose.yml gives each its command.

FROM node:24-slim AS ui
WORKDIR /openbell/frontend
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY frontend ./
RUN npm run build

FROM python:3.11-slim-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /openbell
RUN python -m venv .venv
COPY run.lock ./
RUN .venv/bin/pip install --no-cache-dir --require-hashes -r run.lock
COPY . .
# Not for the builder's processor: the image must run on any of its architecture.
RUN .venv/bin/python setup.py build_ext --inplace && rm -rf build \
    && .venv/bin/python -m compileall -q -x '/(\.venv|tests|frontend)/' .

FROM python:3.11-slim-bookworm
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin openbell \
    && install -d -o openbell -g openbell -m 0700 /data /data/engine /data/bots
WORKDIR /openbell
COPY --from=build /openbell /openbell
COPY --from=ui /openbell/frontend/dist /openbell/frontend/dist
ENV PATH=/openbell/.venv/bin:$PATH \
    PYTHONPATH=/openbell \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER openbell
CMD ["python", "-m", "cli", "--help"]
