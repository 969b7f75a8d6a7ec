package org.align4j.core.machine;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Says in one sentence each what keeps a GPU from being used, or used well, and what to do.
 *
 * @param report what the driver says
 * @param libraries whether the libraries that load are for GPUs too
 * @param code what architectures they hold code for; empty where that can't be read
 * @param counted the GPUs that the engine finds
 * @param visible the variable {@code CUDA_VISIBLE_DEVICES}, empty where it isn't set
 */
public record GpuJudgement(GpuReport report, boolean libraries, Optional<GpuCode> code, int counted, String visible) {
    /** Programs of any CUDA 12 run on drivers from this one on. */
    private static final List<Integer> OLDEST_DRIVER = List.of(525, 60, 13);

    /** Cards from this architecture on came after CUDA 12.6. */
    private static final int NEEDS_LATER_CUDA = 100;

    /** What nvidia-smi of drivers before 510 says of the compute capability. */
    private static final String UNKNOWN_FIELD = "not a valid field";

    private static final long LITTLE = 4L << 30;
    private static final double MUCH_TAKEN = 0.5;

    /** Lists what is wrong; empty on a machine without a card whose libraries are the CPU's. */
    public List<String> problems() {
        List<String> problems = new ArrayList<>();
        if (!report.present()) {
            if (libraries) {
                problems.add(format(
                        "The GPU's libraries are loaded but no driver is here (%s); everything runs on the CPU. Install NVIDIA's driver %s"
                                + " or later (in a container, start it with the GPU), or take the libraries away: align gpu-setup --remove,"
                                + " or unset PYTORCH_LIBRARY_PATH.",
                        report.failure(), oldestDriver()));
            }
            return problems;
        }
        driver(problems);
        report.cards().forEach(card -> ofCard(card, problems));
        if (problems.isEmpty() && !libraries) {
            problems.add(format(
                    "%s is here but the CPU's libraries are loaded; fetch the GPU's with: align gpu-setup", names()));
        }
        if (problems.isEmpty() && counted == 0) {
            problems.add(
                    visible.isEmpty()
                            ? "The driver reports " + names()
                                    + " but the engine finds none; see whether libcuda.so.1 is on the library path (in WSL it is in"
                                    + " /usr/lib/wsl/lib) and /dev/nvidia*, in WSL /dev/dxg, may be opened."
                            : format("CUDA_VISIBLE_DEVICES is \"%s\", which hides every GPU; unset it.", visible));
        }
        if (libraries && counted > 0) {
            report.cards().stream().filter(this::mayCompute).forEach(card -> memory(card, problems));
        }
        return problems;
    }

    private void driver(List<String> problems) {
        if (report.failure().contains(UNKNOWN_FIELD)) {
            problems.add(format(
                    "The driver is so old that nvidia-smi can't say what the card is; CUDA 12 needs %s or later; install a newer driver.",
                    oldestDriver()));
        } else if (report.cards().isEmpty()) {
            problems.add(format(
                    "An NVIDIA card is here but its driver reports nothing (%s); install the driver (for WSL, in Windows), or restart after it"
                            + " was changed.",
                    report.failure()));
        } else if (!report.failure().isEmpty()) {
            problems.add(format("Not every card is reported: %s.", report.failure()));
        }
        if (isTooOld()) {
            problems.add(format(
                    "The driver is %s but CUDA 12 needs %s or later; install a newer driver.",
                    report.driver(), oldestDriver()));
        }
    }

    /** Names the first driver on which programs of CUDA 12 run. */
    static String oldestDriver() {
        return OLDEST_DRIVER.stream().map(String::valueOf).collect(Collectors.joining("."));
    }

    private boolean isTooOld() {
        if (!report.driver().matches("\\d{1,6}(\\.\\d{1,6})*")) {
            return false;
        }
        List<Integer> parts = Arrays.stream(report.driver().split("\\."))
                .map(Integer::valueOf)
                .toList();
        for (int i = 0; i < Math.min(parts.size(), OLDEST_DRIVER.size()); i++) {
            if (!parts.get(i).equals(OLDEST_DRIVER.get(i))) {
                return parts.get(i) < OLDEST_DRIVER.get(i);
            }
        }
        return parts.size() < OLDEST_DRIVER.size();
    }

    /** Returns whether nothing speaks against a card; one of which too little is known is tried. */
    private boolean mayCompute(Gpu card) {
        return GpuCode.decides(code, List.of(card)).orElse(true);
    }

    private void ofCard(Gpu card, List<String> problems) {
        if (!mayCompute(card)) {
            problems.add(format(
                    "%s has compute capability %s, but the loaded libraries have code for %s; use --device cpu, or %s.",
                    card.name(),
                    card.capability(),
                    code.orElseThrow(),
                    otherLibraries(card.architecture().orElse(0))));
        }
    }

    private static String otherLibraries(int architecture) {
        return architecture >= NEEDS_LATER_CUDA
                ? "fetch PyTorch's build for CUDA 12.8: align gpu-setup --remove, then align gpu-setup --cuda 12.8"
                : "a libtorch of your own by PYTORCH_LIBRARY_PATH";
    }

    private static void memory(Gpu card, List<String> problems) {
        if (card.totalBytes().isEmpty() || card.freeBytes().isEmpty()) {
            return; // it shares the machine's memory, or is a part of a card
        }
        long free = card.freeBytes().getAsLong();
        double taken = 1 - free / (double) card.totalBytes().getAsLong();
        if (taken > MUCH_TAKEN) {
            problems.add(format(
                    "Other processes have %.0f %% of the memory of gpu:%d; nvidia-smi lists them.",
                    100 * taken, card.index()));
        } else if (free < LITTLE) {
            problems.add(format(
                    "gpu:%d has %.1f GiB free; a 135M model trains in about 4 GiB.", card.index(), Gpu.gibi(free)));
        }
    }

    private String names() {
        return report.cards().isEmpty()
                ? "An NVIDIA card"
                : report.cards().stream().map(Gpu::name).distinct().collect(Collectors.joining(" and "));
    }
}
