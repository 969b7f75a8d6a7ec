# Align4J on the CPU, from the zip that mvn -B -DskipTests package leaves:
#   docker build -f docker/cpu.Dockerfile -t align4j examples/target
#   docker run --rm -v "$PWD:/work" align4j doctor --data pairs.jsonl
FROM eclipse-temurin:17-jdk AS unpacked
ARG VERSION=0.2.0
WORKDIR /dist
COPY align4j-${VERSION}.zip /dist/align4j.zip
RUN jar xf align4j.zip && rm align4j.zip && mv align4j-* align4j && chmod +x align4j/bin/align

FROM eclipse-temurin:17-jre
COPY --from=unpacked /dist/align4j /opt/align4j
RUN mkdir -p /data /work
# root
RUN useradd --system --uid 10001 --home-dir /data align4j && chown align4j /data /work
USER align4j
VOLUME /data
ENV ALIGN4J_CACHE=/data/cache HF_HOME=/data/huggingface
WORKDIR /work
ENTRYPOINT ["/opt/align4j/bin/align"]
CMD ["--help"]
