# Build:  docker build -t qa-service .
# Run:    docker run -p 8000:8000 -v qa-data:/data -e QA_API_KEYS=<a key of 16 characters or more> qa-service

FROM python:3.12-slim AS build
RUN apt-get update && apt-get install --yes --no-install-recommends make && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY Makefile pyproject.toml constraints.txt constraints-torch.txt README.md LICENSE ./
COPY qa_service qa_service
COPY embeddings embeddings
COPY eval eval
COPY seeds seeds
RUN make .venv/.run
# the model is built here, so that a container starts without building it
RUN QA_MODEL_CACHE=/app/models .venv/bin/python -c \
    "from pathlib import Path; from embeddings import load_encoder; load_encoder(cache_folder=Path('/app/models'))"

FROM python:3.12-slim
RUN useradd --system --uid 10001 --home-dir /data qa && install --directory --owner qa --group qa /data
COPY --from=build /app /app
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    QA_DATA=/data \
    QA_HOST=0.0.0.0 \
    QA_PORT=8000 \
    QA_MODEL_CACHE=/app/models \
    QA_LOG_FORMAT=json
USER qa
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=90s --retries=3 CMD ["python", "-c", \
    "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"QA_PORT\"]}/readyz', timeout=4)"]
CMD ["qa-service", "serve"]
