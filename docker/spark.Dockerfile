# A worker of a standalone Spark cluster, which starts executors for Align4J, from the bundle of mvn -B -DskipTests -Dspark package:
#   docker build -f docker/spark.Dockerfile -t align4j:spark examples/target
#   docker run --rm --network host -v /models:/models:ro align4j:spark spark://MASTER:7077
# Model and rows are mounted under the driver's paths. The driver's own jars are sent to the executors.
FROM eclipse-temurin:17-jdk AS unpacked
ARG VERSION=0.2.0
WORKDIR /dist
COPY align4j-${VERSION}-spark.zip /dist/align4j.zip
RUN jar xf align4j.zip && rm align4j.zip && mv align4j-* align4j && chmod +x align4j/bin/align

FROM eclipse-temurin:17-jre
COPY --from=unpacked /dist/align4j /opt/align4j
RUN mkdir -p /data /opt/spark/jars && ln -s /opt/align4j/lib/*.jar /opt/align4j/lib/spark/*.jar /opt/spark/jars/
# root
RUN useradd --system --uid 10001 --home-dir /data align4j && chown align4j /data
USER align4j
VOLUME /data
ENV ALIGN4J_CACHE=/data/cache HF_HOME=/data/huggingface SPARK_HOME=/opt/spark
ENV SPARK_SCALA_VERSION=2.13 MALLOC_ARENA_MAX=16
WORKDIR /data
ENTRYPOINT ["java", "-Xmx512m", "-XX:+UseSerialGC", "-cp", "/opt/spark/jars/*", "org.apache.spark.deploy.worker.Worker", "--work-dir", "/data/work"]
CMD ["spark://127.0.0.1:7077"]
