package org.align4j.core.machine;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Says in one sentence each what keeps a GPU from being used, or used well, and what to do.
 *
 * @param report what the driver says
 * @param libraries whether the libraries that load are for GPUs too
 * @param counted the GPUs that the engine finds
 * @param visible the variable {@code CUDA_VISIBLE_DEVICES}, empty where it isn't set
 */
public record GpuJudgement(GpuReport report, boolean libraries, int counted, String visible) {
    /** Programs of any CUDA 12 run on drivers from this one on. */
    private static final List<Integer> OLDEST_DRIVER = List.of(525, 60, 13);

    private static final long LITTLE = 4L << 30;
    private static final double MUCH_TAKEN = 0.5;

    /** Lists what is wrong; empty on a machine without a card whose libraries are the CPU's. */
    public List<String> problems() {
        List<String> problems = new ArrayList<>();
        if (!report.present()) {
            if (libraries) {
                problems.add(format(
                        "The GPU's libraries are loaded but no driver is here (%s); everything runs on the CPU.",
                        report.failure()));
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
                            ? "The driver tells of " + names()
                                    + " but the engine finds none; see whether libcuda.so.1 is on the library path and /dev/nvidia* may be"
                                    + " opened."
                            : format("CUDA_VISIBLE_DEVICES is \"%s\", which hides every GPU; unset it.", visible));
        }
        if (libraries && counted > 0) {
            report.cards().stream().filter(Gpu::hasCode).forEach(card -> memory(card, problems));
        }
        return problems;
    }

    private void driver(List<String> problems) {
        if (report.cards().isEmpty()) {
            problems.add(format(
                    "An NVIDIA card is here but its driver tells nothing (%s); install the driver, or restart after it was changed.",
                    report.failure()));
        } else if (!report.failure().isEmpty()) {
            problems.add(format("Not every card is told of: %s.", report.failure()));
        }
        if (isTooOld()) {
            problems.add(format(
                    "The driver is %s but CUDA 12 needs %s or later; install a newer driver.",
                    report.driver(), OLDEST_DRIVER.stream().map(String::valueOf).collect(Collectors.joining("."))));
        }
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

    private static void ofCard(Gpu card, List<String> problems) {
        if (!card.hasCode()) {
            problems.add(format(
                    "%s has compute capability %s, but these libraries have code for 5.0 to 9.x; use --device cpu, or a libtorch of your"
                            + " own by PYTORCH_LIBRARY_PATH.",
                    card.name(), card.capability()));
        }
    }

    private static void memory(Gpu card, List<String> problems) {
        double taken = 1 - card.freeBytes() / (double) card.totalBytes();
        if (taken > MUCH_TAKEN) {
            problems.add(format(
                    "Other processes have %.0f %% of the memory of gpu:%d; nvidia-smi lists them.",
                    100 * taken, card.index()));
        } else if (card.freeBytes() < LITTLE) {
            problems.add(format(
                    "gpu:%d has %.1f GiB free; a 135M model trains in about 4 GiB.",
                    card.index(), card.freeBytes() / (double) (1L << 30)));
        }
    }

    private String names() {
        return report.cards().isEmpty()
                ? "An NVIDIA card"
                : report.cards().stream().map(Gpu::name).distinct().collect(Collectors.joining(" and "));
    }
}
