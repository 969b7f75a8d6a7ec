# Align4J on NVIDIA's GPUs, from the zip that mvn -B -DskipTests package leaves. The host has the driver and NVIDIA's container toolkit:
#   docker build -f docker/cuda.Dockerfile -t align4j:cuda examples/target
#   docker run --rm --gpus all -v "$PWD:/work" align4j:cuda env
# For cards from 2025 on: --build-arg GPU_SETUP="--cuda 12.8". Never run on a GPU.
FROM eclipse-temurin:17-jdk AS unpacked
ARG VERSION=0.2.0
WORKDIR /dist
COPY align4j-${VERSION}.zip /dist/align4j.zip
RUN jar xf align4j.zip && rm align4j.zip && mv align4j-* align4j && chmod +x align4j/bin/align

FROM eclipse-temurin:17-jre
COPY --from=unpacked /dist/align4j /opt/align4j
ARG GPU_SETUP=
# network: 2.8 GB, which lie in the image and not in the volume
RUN ALIGN4J_CACHE=/opt/cuda /opt/align4j/bin/align gpu-setup ${GPU_SETUP}
RUN mkdir -p /data /work
# root
RUN useradd --system --uid 10001 --home-dir /data align4j && chown align4j /data /work
USER align4j
VOLUME /data
ENV ALIGN4J_CACHE=/data/cache HF_HOME=/data/huggingface
ENV PYTORCH_LIBRARY_PATH=/opt/cuda/libtorch/2.7.1-cuda/torch/lib PYTORCH_FLAVOR=cu128 PYTORCH_VERSION=2.7.1
ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility
WORKDIR /work
ENTRYPOINT ["/opt/align4j/bin/align"]
CMD ["env"]
