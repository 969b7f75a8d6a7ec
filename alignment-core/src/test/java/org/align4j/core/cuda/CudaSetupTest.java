package org.align4j.core.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.hash.Hashing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.files.OutputSweep;
import org.align4j.core.web.Transfer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CudaSetupTest {
    private static final String TORCH = "torch-2.7.1-cp310-cp310-manylinux_2_28_x86_64.whl";
    private static final String RUNTIME = "nvidia_cuda_runtime_cu12-12.6.77-py3-none-any.whl";

    private static final int SOME = 10;

    @TempDir
    Path cache;

    private final WheelServer server = new WheelServer();
    private final List<WheelLock.Wheel> wheels = new ArrayList<>();
    private final AtomicLong received = new AtomicLong();

    @BeforeEach
    void fill() {
        add(
                "torch",
                TORCH,
                "torch/lib/libtorch_cpu.so",
                "torch/lib/libgomp.so.1",
                "torch/lib/libcaffe2_nvrtc.so",
                "torch/lib/libtorch_python.so",
                "torch/lib/libshm.so",
                "torch/__init__.py");
        add(
                "nvidia-cuda-runtime-cu12",
                RUNTIME,
                "nvidia/cuda_runtime/lib/libcudart.so.12",
                "nvidia/cuda_runtime/include/cuda.h");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private void add(String project, String file, String... entries) {
        byte[] bytes = server.put(file, entries);
        wheels.add(new WheelLock.Wheel(
                project,
                "1",
                file,
                bytes.length,
                Hashing.sha256().hashBytes(bytes).toString()));
    }

    private CudaSetup setup(long unpacked) {
        return new CudaSetup(new WheelLock("2.7.1", "12.6", unpacked, wheels), cache.resolve("it"), Duration.ZERO);
    }

    private void run() throws IOException {
        setup(100).run(WheelIndex.at(server.address(), "PIP_INDEX_URL", Duration.ofSeconds(5)), this::hear);
    }

    private void hear(Transfer transfer) {
        if (!transfer.unpacking()) {
            received.set(transfer.done());
        }
    }

    private List<String> files() throws IOException {
        try (Stream<Path> all = Files.walk(cache)) {
            return all.filter(file -> !Files.isDirectory(file))
                    .map(file -> cache.relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }

    private static final String[] WHOLE = {
        "it.wheels.lock",
        "it/nvidia/cuda_nvrtc/lib/libcaffe2_nvrtc.so",
        "it/nvidia/cuda_runtime/lib/libcudart.so",
        "it/nvidia/cuda_runtime/lib/libcudart.so.12",
        "it/torch/lib/libgomp.so.1",
        "it/torch/lib/libtorch_cpu.so",
        "it/versions.txt"
    };

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void librariesAreFetchedAndLaidOutAsTheyFindEachOther(boolean html) throws IOException {
        server.html = html;
        run();
        assertThat(files()).containsExactly(WHOLE);
        assertThat(cache.resolve("it/nvidia/cuda_runtime/lib/libcudart.so"))
                .hasContent("nvidia/cuda_runtime/lib/libcudart.so.12");
        assertThat(server.requests).allMatch(request -> request.endsWith(" Basic dXNlcjpzZWNyZXQ="));
        int asked = server.requests.size();
        run();
        assertThat(server.requests).hasSize(asked);
    }

    @Test
    void aBrokenDownloadGoesOnWhereItEnded() throws IOException {
        server.drops.set(3);
        run();
        assertThat(files()).containsExactly(WHOLE);
        assertThat(server.requests).anyMatch(request -> request.contains(" bytes="));
        assertThat(received.get()).isEqualTo(setup(0).downloadBytes());
    }

    @Test
    void aSetupThatBrokeOffKeepsWhatArrived() throws IOException {
        WheelLock.Wheel runtime = wheels.remove(1);
        wheels.add(new WheelLock.Wheel(runtime.project(), "1", "absent.whl", 7, "0".repeat(64)));
        assertThatThrownBy(this::run).isInstanceOf(RunException.class).hasMessageContaining("has no absent.whl");
        assertThat(setup(0).isDone()).isFalse();
        wheels.set(1, new WheelLock.Wheel(runtime.project(), "1", RUNTIME, runtime.size(), "0".repeat(64)));
        assertThatThrownBy(this::run)
                .isInstanceOf(RunException.class)
                .hasMessageContaining(RUNTIME + " could not be downloaded")
                .hasMessageContaining("they were thrown away");
        assertThat(files()).contains("it.wheels/" + TORCH);
        wheels.set(1, runtime);
        run();
        assertThat(files()).containsExactly(WHOLE);
        assertThat(server.requests)
                .filteredOn(request -> request.contains("/files/" + TORCH))
                .hasSize(1);
    }

    @Test
    void aDiskThatIsTooSmallIsSaidBeforeAnythingIsFetched() {
        assertThatThrownBy(() -> setup(1L << 60)
                        .run(WheelIndex.at(server.address(), "PIP_INDEX_URL", Duration.ofSeconds(5)), this::hear))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("GB are needed", "ALIGN4J_CACHE");
        assertThat(server.requests).noneMatch(request -> request.startsWith("/files/"));
    }

    @Test
    void whateverTheDiskDoesTheLibrariesAreWholeOrNotThere() throws IOException {
        OutputSweep sweep = OutputSweep.of(
                cache,
                place -> new CudaSetup(new WheelLock("2.7.1", "12.6", 100, wheels), place.resolve("it"), Duration.ZERO)
                        .run(WheelIndex.at(server.address(), "PIP_INDEX_URL", Duration.ofSeconds(5)), this::hear),
                "it");
        assertThat(sweep.failing(SOME)).isGreaterThanOrEqualTo(SOME);
        assertThat(sweep.losingPower(SOME)).isPositive();
    }

    @Test
    void whatWasSetUpCanBeRemoved() throws IOException {
        run();
        setup(0).remove();
        assertThat(files()).containsExactly("it.wheels.lock");
        assertThatCode(() -> setup(0).remove()).doesNotThrowAnyException();
    }

    @Test
    void anIndexThatCanNotBeUsedIsNamedWithoutItsPassword() {
        server.status = 404;
        assertThatThrownBy(this::run)
                .isInstanceOf(RunException.class)
                .hasMessageContaining("/simple/torch/ answers with status 404; check PIP_INDEX_URL")
                .hasMessageNotContaining("secret");
        assertThatThrownBy(() -> WheelIndex.of(
                        Optional.empty(), Map.of("PIP_INDEX_URL", "ftp://user:secret@host/simple"), "12.6"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("no URL of http or https")
                .hasMessageNotContaining("secret");
        assertThat(WheelIndex.at(server.address(), "PIP_INDEX_URL", Duration.ofSeconds(1))
                        .toString())
                .doesNotContain("secret");
    }

    @Test
    void otherSystemsAreToldAnotherWay() {
        assertThatThrownBy(() -> CudaSetup.requireSystem("Windows 11", "amd64"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("Windows 11", "PYTORCH_LIBRARY_PATH", "WSL 2");
        assertThatThrownBy(() -> CudaSetup.requireSystem("Linux", "aarch64"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("no library for a GPU here, so the CPU computes");
        assertThatCode(() -> CudaSetup.requireSystem("Linux", "amd64")).doesNotThrowAnyException();
    }

    private static final String OTHER = "torch-2.7.1+cu128-cp310-cp310-manylinux_2_28_x86_64.whl";
    private static final String LATER = "nvidia_cuda_runtime_cu12-12.8.57-py3-none-manylinux2014_x86_64.whl";

    private WheelLock otherLock() {
        return WheelIndex.at(server.address(), "index", Duration.ofSeconds(5)).lock("12.8");
    }

    private void putOther() {
        server.put(OTHER, "torch/lib/libtorch_cpu.so");
        server.put(OTHER.replace("cp310", "cp313"), "torch/lib/libtorch_cpu.so");
        server.put(LATER, "nvidia/cuda_runtime/lib/libcudart.so.12");
        server.describe(OTHER, """
                Metadata-Version: 2.1
                Requires-Dist: filelock
                Requires-Dist: nvidia-cuda-runtime-cu12==12.8.57; platform_system == "Linux" and platform_machine == "x86_64"
                Requires-Dist: triton==3.3.1; platform_system == "Linux"
                """);
    }

    /** What no lock file of the program names is fetched by the hashes of the index. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anotherVersionOfCudaIsWhatTheIndexSays(boolean html) throws IOException {
        server.html = html;
        putOther();
        WheelLock lock = otherLock();
        assertThat(lock.wheels()).extracting(WheelLock.Wheel::file).containsExactly(OTHER, LATER);
        assertThat(lock.wheels()).allSatisfy(wheel -> assertThat(wheel.size()).isPositive());
        new CudaSetup(lock, cache.resolve("it"), Duration.ZERO)
                .run(WheelIndex.at(server.address(), "index", Duration.ofSeconds(5)), this::hear);
        assertThat(cache.resolve("it/torch/lib/libtorch_cpu.so")).exists();
        assertThat(CudaSetup.versionsIn(cache.resolve("it"))).isEqualTo("PyTorch 2.7.1 for CUDA 12.8");
        assertThat(CudaSetup.versionsIn(cache)).isEqualTo("PyTorch 2.7.1 for CUDA 12.6");
    }

    @Test
    void anIndexThatLacksWhatIsNeededIsNamed() {
        assertThatThrownBy(this::otherLock)
                .isInstanceOf(RunException.class)
                .hasMessageContaining("/simple/torch/ has no torch-2.7.1+cu128-")
                .hasMessageContaining("name an index that has it in index");
        putOther();
        server.hashes = false;
        assertThatThrownBy(this::otherLock)
                .isInstanceOf(RunException.class)
                .hasMessageContaining("names no SHA-256 of " + OTHER)
                .hasMessageContaining("in index");
        server.hashes = true;
        server.put(OTHER.replace("cp310", "cp309"), "torch/lib/libtorch_cpu.so");
        assertThatThrownBy(this::otherLock)
                .isInstanceOf(RunException.class)
                .hasMessageContaining(".whl.metadata answers with status 404; check index");
    }

    @Test
    void theOptionWinsOverTheVariableAndCudaDecidesWhatIsUsual() {
        Map<String, String> variable = Map.of("PIP_INDEX_URL", "https://b.example/simple");
        assertThat(WheelIndex.of(Optional.of("https://a.example/simple"), variable, "12.8"))
                .hasToString("https://a.example/simple");
        assertThat(WheelIndex.of(Optional.empty(), variable, "12.8")).hasToString("https://b.example/simple");
        assertThat(WheelIndex.of(Optional.empty(), Map.of(), "12.6")).hasToString("https://pypi.org/simple");
        assertThat(WheelIndex.of(Optional.empty(), Map.of(), "12.8"))
                .hasToString("https://download.pytorch.org/whl/cu128");
        assertThatThrownBy(() -> WheelIndex.of(Optional.of("mirror"), Map.of(), "12.6"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("index is no URL of http or https");
    }

    @Test
    void theLockHoldsAllThatPyTorchNeeds() {
        WheelLock lock = WheelLock.read();
        assertThat(lock.libtorch()).isEqualTo("2.7.1");
        assertThat(lock.wheels()).hasSize(15).allSatisfy(wheel -> {
            assertThat(wheel.sha256()).matches("[0-9a-f]{64}");
            assertThat(wheel.file()).endsWith("x86_64.whl").contains("-" + wheel.version() + "-");
        });
        assertThat(lock.downloadBytes()).isBetween(2_800_000_000L, 2_900_000_000L);
    }
}
