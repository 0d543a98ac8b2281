# The service in a small image: no compiler, no pip, not root, and nothing to write but /data.
#
#   docker build -t lodestone .
#   docker run --read-only --tmpfs /run -v lodestone-data:/data -p 8000:8000 lodestone

FROM python:3.13-slim-bookworm AS build
WORKDIR /src
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_INPUT=1 PIP_ROOT_USER_ACTION=ignore
COPY requirements/runtime.txt requirements/build.txt requirements/
# The image's own Python builds; /opt/lodestone is what is taken along, without pip.
RUN python -m venv --without-pip /opt/lodestone \
 && python -m pip --python /opt/lodestone install --no-deps --require-hashes --only-binary :all: -r requirements/runtime.txt \
 && python -m pip install --no-deps --require-hashes --only-binary :all: -r requirements/build.txt
COPY pyproject.toml README.md ./
COPY schemas schemas
COPY ledger ledger
COPY api api
RUN python -m pip wheel --no-deps --no-build-isolation --wheel-dir dist . \
 && python -m pip --python /opt/lodestone install --no-deps --no-index dist/*.whl \
 && /opt/lodestone/bin/python -m compileall -q /opt/lodestone/lib

FROM python:3.13-slim-bookworm
RUN useradd --system --uid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin lodestone \
 && install -d -o 10001 -g 10001 -m 0700 /data
COPY --from=build /opt/lodestone /opt/lodestone
ENV PATH=/opt/lodestone/bin:$PATH LODESTONE_HOME=/data PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=4s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request as web; web.urlopen('http://127.0.0.1:8000/readyz', timeout=3)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["lodestone"]
CMD ["serve", "--host", "0.0.0.0"]
