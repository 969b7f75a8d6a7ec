package org.align4j.core.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.InputException;
import org.align4j.core.machine.Natives.CudaFolder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativesTest {
    @Test
    void aLibraryPathNeedsItsCompanions() {
        Map<String, String> environment = new LinkedHashMap<>(Map.of("PYTORCH_LIBRARY_PATH", "/opt/libtorch"));
        assertThat(Natives.problem(environment)).get().asString().contains("PYTORCH_FLAVOR=cpu or cu128");
        environment.put("PYTORCH_FLAVOR", "cpu");
        environment.put("PYTORCH_VERSION", "2.5.1");
        assertThat(Natives.problem(environment)).get().asString().contains("2.5.1", Natives.PYTORCH);
        environment.put("PYTORCH_VERSION", Natives.PYTORCH);
        assertThat(Natives.problem(environment)).isEmpty();
        assertThat(Natives.problem(Map.of())).isEmpty();
    }

    @Test
    void systemsThatDjlBringsNoPyTorchForAreNamed() {
        assertThat(Natives.unserved("Linux", "amd64")).isEmpty();
        assertThat(Natives.unserved("Linux", "aarch64")).isEmpty();
        assertThat(Natives.unserved("Mac OS X", "aarch64")).isEmpty();
        assertThat(Natives.unserved("Windows 11", "amd64")).isEmpty();
        assertThat(Natives.unserved("Mac OS X", "x86_64"))
                .get()
                .asString()
                .contains("this is Mac OS X on x86_64", "Apple's processors", "a container of Linux");
        assertThat(Natives.unserved("Windows 11", "aarch64")).isPresent();
        assertThat(Natives.unserved("Linux", "riscv64")).isPresent();
    }

    @Test
    void theZipOfAnotherPlatformSaysWhichToTake() {
        assertThat(new PlatformNatives(List.of("win-x86_64"), "linux-x86_64").missing())
                .get()
                .asString()
                .contains("those of win-x86_64, but this is linux-x86_64", "-Dplatform=linux-x86_64");
        assertThat(new PlatformNatives(List.of("win-x86_64", "linux-x86_64"), "linux-x86_64").missing())
                .isEmpty();
    }

    @Test
    void platformsAreNamedAsTheArtifactsAre() {
        assertThat(PlatformNatives.name("Linux", "amd64")).isEqualTo("linux-x86_64");
        assertThat(PlatformNatives.name("Linux", "aarch64")).isEqualTo("linux-aarch64");
        assertThat(PlatformNatives.name("Mac OS X", "aarch64")).isEqualTo("osx-aarch64");
        assertThat(PlatformNatives.name("Windows 11", "amd64")).isEqualTo("win-x86_64");
    }

    @Test
    void aProgramWithoutNativesSaysWhichLineBringsThem() {
        assertThat(new PlatformNatives(List.of(), "osx-aarch64").missing())
                .get()
                .asString()
                .contains("PyTorch's libraries for osx-aarch64 are not on the class path")
                .contains("<artifactId>alignment-natives-osx-aarch64</artifactId><version>" + Version.text()
                        + "</version><type>pom</type>")
                .contains(
                        "runtimeOnly(\"org.align4j:alignment-natives-osx-aarch64:" + Version.text() + "\") in Gradle");
    }

    @Test
    void theGpusLibrariesAreTakenWhereTheyWereSetUp(@TempDir Path cache) throws IOException {
        CudaFolder cuda = new CudaFolder(cache.resolve("2.7.1-cuda"));
        Ownership own = Ownership.ofProcess();
        Natives.useCuda(cuda, Map.of(), own);
        assertThat(System.getProperty("PYTORCH_LIBRARY_PATH")).isNull();
        Files.createDirectories(cuda.torch());
        Path library = Files.writeString(cuda.torch().resolve("libtorch_cpu.so"), "x");
        Natives.useCuda(cuda, Map.of("PYTORCH_LIBRARY_PATH", "/opt/libtorch"), own);
        assertThat(System.getProperty("PYTORCH_LIBRARY_PATH")).isNull();
        assertThat(cuda.properties())
                .containsEntry("PYTORCH_LIBRARY_PATH", cuda.torch().toString())
                .containsEntry("PYTORCH_VERSION", Natives.PYTORCH)
                .containsEntry("PYTORCH_FLAVOR", "cu128")
                .hasEntrySatisfying("jna.library.path", path -> assertThat(path).endsWith("cuda_runtime/lib"));
        Ownership stranger = new Ownership(own.user() + 4711);
        if (own.user() > 0) { // What root owns is trusted by everybody.
            assertThatThrownBy(() -> Natives.useCuda(cuda, Map.of(), stranger))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("belongs to another user");
        }
        assertThat(library).exists();
    }

    /** PyPI's wheels have {@code libcudart.so.12}, the archive of libtorch {@code libcudart-c3a75b33.so.12}; the engine asks for neither. */
    @Test
    void theRuntimeBesideALibtorchOfOnesOwnIsFound(@TempDir Path folder) throws IOException {
        Path own = folder.resolve("own");
        Path torch = Files.createDirectories(folder.resolve("torch/lib"));
        Map<String, String> gpus = Map.of("PYTORCH_LIBRARY_PATH", torch.toString(), "PYTORCH_FLAVOR", "cu128");
        assertThat(Natives.runtime(gpus, own)).isEmpty();
        Path wheel = Files.createDirectories(folder.resolve("nvidia/cuda_runtime/lib"));
        Files.writeString(wheel.resolve("libcudart.so.12"), "wheel");
        Path found = Natives.runtime(gpus, own).orElseThrow().resolve("libcudart.so");
        assertThat(found).startsWithRaw(own).hasContent("wheel");
        assertThat(Natives.runtime(gpus, own)).contains(found.getParent());
        assertThat(Natives.runtime(Map.of("PYTORCH_LIBRARY_PATH", torch.toString(), "PYTORCH_FLAVOR", "cpu"), own))
                .isEmpty();
        assertThat(Natives.runtime(Map.of(), own)).isEmpty();
        Files.writeString(torch.resolve("libcudart-c3a75b33.so.12"), "archive");
        assertThat(Natives.runtime(gpus, own).orElseThrow().resolve("libcudart.so"))
                .hasContent("archive");
        Files.writeString(torch.resolve("libcudart.so"), "named");
        assertThat(Natives.runtime(gpus, own)).contains(torch);
    }

    /** PyPI's PyTorch has a library that needs the driver's; the archive of libtorch for the CPU, and gpu-setup's folder, don't. */
    @Test
    void aLibtorchOfOnesOwnWithoutADriverSaysWhatToDo(@TempDir Path torch) throws IOException {
        Map<String, String> gpus = Map.of("PYTORCH_LIBRARY_PATH", torch.toString(), "PYTORCH_FLAVOR", "cu128");
        assertThat(Natives.driverMissing(gpus, library -> false)).isEmpty();
        Files.writeString(torch.resolve("libcaffe2_nvrtc.so"), "x");
        assertThat(Natives.driverMissing(gpus, library -> false))
                .get()
                .asString()
                .contains("PYTORCH_LIBRARY_PATH is " + torch, "libcuda.so.1 isn't found")
                .contains("install the driver, 525.60.13 or later", "start it with the GPU")
                .contains("unset PYTORCH_LIBRARY_PATH");
        assertThat(Natives.driverMissing(gpus, "libcuda.so.1"::equals)).isEmpty();
        assertThat(Natives.driverMissing(
                        Map.of("PYTORCH_LIBRARY_PATH", torch.toString(), "PYTORCH_FLAVOR", "cpu"), library -> false))
                .isEmpty();
        assertThat(Natives.driverMissing(Map.of(), library -> false)).isEmpty();
    }

    @Test
    void nativesComeFromTheFolderThatTheEnvironmentNames(@TempDir Path folder) throws IOException {
        NativeFolder folders = new NativeFolder(Ownership.ofProcess());
        Path engine = folder.resolve("engine");
        Path all = folder.resolve("all");
        Map<String, String> both = Map.of("ENGINE_CACHE_DIR", engine.toString(), "DJL_CACHE_DIR", all.toString());
        assertThat(Natives.folder(both, folders)).isEqualTo(engine);
        assertThatThrownBy(() -> Natives.folder(Map.of("ENGINE_CACHE_DIR", ""), folders))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("ENGINE_CACHE_DIR is empty; unset it");
    }
}
