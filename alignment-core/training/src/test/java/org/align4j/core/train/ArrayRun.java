package org.align4j.core.train;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.align4j.core.error.RunException;
import org.align4j.core.eval.DataFacts;
import org.align4j.core.eval.Screening;
import org.align4j.core.eval.UsualRate;
import org.align4j.core.figure.MethodFigures;
import org.align4j.core.optimizer.OptimizerStep;
import org.align4j.core.run.Product;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.run.RunResult;
import org.align4j.core.stop.StopSignal;
import org.align4j.core.stop.StoppedException;
import org.align4j.core.train.Learner.Objective;
import org.align4j.core.train.options.CheckpointOptions;
import org.align4j.core.train.options.CheckpointOptions.OnNan;
import org.align4j.core.train.options.Extent;
import org.align4j.core.train.options.TrainingPlan;
import org.align4j.core.train.options.TrainingPlan.LengthPlan;
import org.align4j.core.train.options.TrainingPlan.OptimizerPlan;
import org.align4j.core.train.options.UpdateOptions;
import org.align4j.core.train.options.UpdateOptions.Schedule;

/** Runs of the array model: 53 rows in batches of 4, so 14 steps an epoch, 40 steps in all. */
final class ArrayRun {
    static final int STEPS = 40;
    static final DataFacts FACTS = new DataFacts(
            new DataFacts.Rows(53, 53),
            STEPS,
            Screening.NONE,
            new DataFacts.Rate(0.05, new UsualRate(0.05, 4096), 1.0),
            "",
            List.of(),
            () -> MethodFigures.of(List.of()));
    static final CheckpointOptions AUTO = keeping(null, 3, null, null, null);
    static final CheckpointOptions EACH_STEP = keeping(1, 3, null, null, null);

    private ArrayRun() {}

    static CheckpointOptions keeping(
            Integer saveEvery, int keep, String keepBest, Integer patience, Integer evalEvery) {
        return new CheckpointOptions(
                new CheckpointOptions.KeptOptions(saveEvery, keep, null, false, keepBest),
                new CheckpointOptions.EvaluationOptions(patience, evalEvery),
                OnNan.FAIL,
                new CheckpointOptions.ShownOptions(1, false, 0));
    }

    /** Saves so often and does that about steps that are not finite. */
    static CheckpointOptions keeping(Integer saveEvery, OnNan onNan) {
        return new CheckpointOptions(
                new CheckpointOptions.KeptOptions(saveEvery, 40, null, false, null),
                new CheckpointOptions.EvaluationOptions(null, null),
                onNan,
                new CheckpointOptions.ShownOptions(1, false, 0));
    }

    static TrainingPlan options(int maxSteps, CheckpointOptions keeping) {
        return new TrainingPlan(
                new LengthPlan(new Extent.Steps(maxSteps), 4, 1024, true),
                new OptimizerPlan(0.05, 0.01, new UpdateOptions(Schedule.COSINE, 3, null, 0, 0.9, 0.999, 1e-8, 1.0)),
                keeping,
                42);
    }

    /** Begins a run, or takes up the one that is there. */
    static RunDirectory directory(Path path) {
        return Files.exists(path.resolve("config.yaml"))
                ? RunDirectory.open(path)
                : RunDirectory.create(path, "max-steps: 40\n", Map.of("command", "array"));
    }

    static RunResult train(Path path, ArrayModel model, CheckpointOptions keeping) {
        return train(path, model, options(STEPS, keeping), TrainingLog.SILENT);
    }

    static RunResult train(Path path, ArrayModel model, TrainingPlan options, TrainingLog log) {
        try (RunDirectory run = directory(path)) {
            List<Product> products = List.of(new Product("adapter", model.product()));
            return loop(options, model, model).run(run, FACTS, products, log);
        }
    }

    /** The loop of an objective whose largest forwards are tried out first. */
    static TrainingLoop loop(TrainingPlan plan, Objective objective, OptimizerStep optimizer) {
        Workload work = Workload.of(plan, objective.rows(), objective::forwards);
        return TrainingLoop.of(plan, objective, optimizer, work, UnaryOperator.identity());
    }

    /** The metrics without what differs from run to run. */
    static List<String> figures(Path path) throws IOException {
        return Files.readAllLines(path.resolve("metrics.jsonl")).stream()
                .map(line -> line.replaceAll(",\"seconds\":.*", "}"))
                .toList();
    }

    /** The steps of metrics.jsonl, one for each line. */
    static List<Integer> steps(Path path) throws IOException {
        return Files.readAllLines(path.resolve("metrics.jsonl")).stream()
                .map(line -> Integer.valueOf(line.replaceAll("\\{\"step\":(\\d+),.*", "$1")))
                .toList();
    }

    /**
     * The steps of the figures in the TensorBoard file, behind its version and beside its hyperparameters: each event begins with the time, then
     * the step if it isn't 0.
     */
    static List<Integer> boardSteps(Path path) throws IOException {
        ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(path.resolve("tensorboard/events.out.tfevents.align4j")))
                .order(ByteOrder.LITTLE_ENDIAN);
        List<Integer> steps = new ArrayList<>();
        while (file.hasRemaining()) {
            int data = file.position() + 12;
            int length = (int) file.getLong(file.position());
            if (!new String(file.array(), data, length, StandardCharsets.ISO_8859_1).contains("_hparams_/")) {
                steps.add(file.get(data + 9) == 0x10 ? (int) file.get(data + 10) : 0);
            }
            file.position(data + length + 4);
        }
        return steps.subList(1, steps.size());
    }

    /**
     * A process of its own. Says a word on its output at each kernel and each part saved; ends as the command line
     * does.
     *
     * @param arguments the run directory; then {@code hold} to do nothing but hold it until the input ends
     */
    public static void main(String[] arguments) throws IOException {
        Path path = Path.of(arguments[0]);
        boolean hold = arguments.length > 1 && arguments[1].equals("hold");
        Consumer<String> tell = word -> {
            System.out.println(word);
            System.out.flush();
        };
        try {
            StopSignal.during(stopped -> {}, () -> {
                if (hold) {
                    hold(path, tell);
                } else {
                    train(path, new ArrayModel(true, tell), EACH_STEP);
                }
                return 0;
            });
        } catch (StoppedException stop) {
            Runtime.getRuntime().halt(stop.exitCode());
        } catch (RunException failed) {
            System.err.println(failed.getMessage());
            Runtime.getRuntime().halt(1);
        }
    }

    private static void hold(Path path, Consumer<String> tell) throws IOException {
        try (RunDirectory run = directory(path)) {
            tell.accept("held " + run.path());
            while (System.in.read() >= 0) {
                // until the parent lets go
            }
        }
    }
}
