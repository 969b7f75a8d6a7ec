package org.align4j.core.cli.env;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.align4j.core.cli.Align;
import org.align4j.core.cli.train.ChildAlign;
import org.align4j.core.cuda.WheelServer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** {@code align env} beside a program that plays {@code nvidia-smi}, and {@code align gpu-setup} at an index of small wheels: both as a person starts them. */
@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
class GpuCommandsTest {
    private static final String TORCH = "torch-2.7.1+cu128-cp310-cp310-manylinux_2_28_x86_64.whl";
    private static final String RUNTIME = "nvidia_cuda_runtime_cu12-12.8.57-py3-none-manylinux2014_x86_64.whl";

    @TempDir
    Path folder;

    private final List<String> variables = new ArrayList<>();

    record Ended(int code, String output, String log) {}

    @BeforeEach
    void isolate() throws IOException {
        Files.createDirectory(folder.resolve("bin"));
        variables.add("PATH=" + folder.resolve("bin") + File.pathSeparator + System.getenv("PATH"));
        variables.add("ALIGN4J_CACHE=" + folder.resolve("cache"));
    }

    private Ended align(String... words) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Xms128m",
                "-Xmx128m",
                "-Dai.djl.pytorch.graph_optimizer=false",
                "-cp",
                ChildAlign.classPath(),
                Align.class.getName()));
        command.addAll(List.of(words));
        Path output = folder.resolve("output");
        Path log = folder.resolve("log");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectOutput(output.toFile()).redirectError(log.toFile());
        for (String variable : variables) {
            String[] parts = variable.split("=", 2);
            builder.environment().put(parts[0], parts[1]);
        }
        int code = builder.start().waitFor();
        return new Ended(
                code, Files.readString(output, StandardCharsets.UTF_8), Files.readString(log, StandardCharsets.UTF_8));
    }

    private void nvidiaSmi(String says) throws IOException {
        Path program = folder.resolve("bin/nvidia-smi");
        Files.writeString(program, "#!/bin/sh\ncat <<'END'\n" + says + "\nEND\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    @Test
    void envSaysWhatTheDriverSaysAndWhatToDo() throws Exception {
        nvidiaSmi("0, NVIDIA GB10, 12.1, [N/A], [N/A], 580.95.05\n1, NVIDIA A10, 8.6, 23028, 22500, 580.95.05");
        Ended ended = align("env");
        assertThat(ended.code()).as(ended.log()).isZero();
        assertThat(ended.output())
                .containsPattern("gpu_driver +580.95.05")
                .contains("gpu:0 (NVIDIA GB10, compute capability 12.1, memory not reported)")
                .contains("gpu:1 (NVIDIA A10, compute capability 8.6, 22.0 of 22.5 GiB free)")
                .contains("is here but the CPU's libraries are loaded; fetch the GPU's with: align gpu-setup");
    }

    @Test
    void aCardIsNotComputedOnWithoutItsLibraries() throws Exception {
        nvidiaSmi("0, NVIDIA A10, 8.6, 23028, 22500, 580.95.05");
        Ended ended =
                align("generate", "--model", "nowhere", "--prompts", "p.jsonl", "--out", "o.jsonl", "--device", "gpu");
        assertThat(ended.code()).isEqualTo(2);
    }

    private void putWheels(WheelServer server) {
        server.put(TORCH, "torch/lib/libtorch_cpu.so");
        server.put(RUNTIME, "nvidia/cuda_runtime/lib/libcudart.so.12");
        server.describe(TORCH, "Requires-Dist: nvidia-cuda-runtime-cu12==12.8.57; platform_machine == \"x86_64\"\n");
    }

    @Test
    void gpuSetupFetchesAnotherVersionOfCudaFromAnIndex() throws Exception {
        try (WheelServer server = new WheelServer()) {
            putWheels(server);
            Ended ended = align("gpu-setup", "--index", server.address(), "--cuda", "12.8");
            assertThat(ended.code()).as(ended.log()).isZero();
            assertThat(ended.log())
                    .contains(
                            "PyTorch 2.7.1 for CUDA 12.8: ",
                            "the hashes that this index names",
                            "Downloading ",
                            "Unpacking ")
                    .doesNotContain("secret");
            assertThat(ended.output()).contains("PyTorch 2.7.1 for CUDA 12.8 is set up in ");
            Ended again = align("gpu-setup", "--cuda", "12.8", "--json");
            assertThat(again.code()).as(again.log()).isZero();
            assertThat(again.output()).contains("\"done\" : true").doesNotContain("bytes");
            Ended other = align("gpu-setup");
            assertThat(other.code()).isEqualTo(2);
            assertThat(other.log())
                    .contains("cuda is 12.6 but PyTorch 2.7.1 for CUDA 12.8 is set up", "align gpu-setup --remove");
            assertThat(align("gpu-setup", "--remove").output()).contains("removed ");
        }
    }

    @Tag("long")
    @Test
    void aWheelThatIsNotWhatTheIndexAnnouncedIsThrownAway() throws Exception {
        try (WheelServer server = new WheelServer()) {
            putWheels(server);
            server.announce(RUNTIME, "0".repeat(64));
            Ended ended = align("gpu-setup", "--index", server.address(), "--cuda", "12.8");
            assertThat(ended.code()).isEqualTo(1);
            assertThat(ended.log()).contains(RUNTIME + " could not be downloaded", "they were thrown away");
            assertThat(folder.resolve("cache/libtorch/2.7.1-cuda")).doesNotExist();
        }
    }

    @Test
    void whatGpuSetupIsNotForIsRefused() throws Exception {
        assertRefused("--cuda is \"11.8\": it must be 12.6 or 12.8", "gpu-setup", "--cuda", "11.8");
        assertRefused("cuda is given but remove fetches nothing", "gpu-setup", "--remove", "--cuda", "12.8");
        assertRefused(
                "index is given but remove fetches nothing",
                "gpu-setup",
                "--remove",
                "--index",
                "https://x.example/simple");
        assertRefused("index is no URL of http or https", "gpu-setup", "--index", "mirror");
        variables.add("PYTORCH_LIBRARY_PATH=/opt/torch/lib");
        assertRefused("PYTORCH_LIBRARY_PATH is /opt/torch/lib, and that libtorch is used", "gpu-setup");
    }

    private void assertRefused(String says, String... words) throws Exception {
        Ended ended = align(words);
        assertThat(ended.code()).as(ended.log()).isEqualTo(2);
        assertThat(ended.log()).contains(says);
    }

    /** PyPI's PyTorch for CUDA, whose library needs the driver's; a stand-in has its name. */
    @Test
    void aLibtorchOfOnesOwnWithoutADriverSaysWhatToDo() throws Exception {
        Path torch = Files.createDirectories(folder.resolve("torch/lib"));
        Files.writeString(torch.resolve("libcaffe2_nvrtc.so"), "x");
        variables.addAll(List.of("PYTORCH_LIBRARY_PATH=" + torch, "PYTORCH_FLAVOR=cu128", "PYTORCH_VERSION=2.7.1"));
        Ended ended = align("env");
        assertThat(ended.code()).isEqualTo(1);
        assertThat(ended.output())
                .contains("The engine does not load: PYTORCH_LIBRARY_PATH is " + torch, "install the driver", "unset");
    }
}
