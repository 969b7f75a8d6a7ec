package org.align4j.core.train;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.DoubleStream;
import org.align4j.core.error.NotFiniteException;
import org.align4j.core.files.Folders;
import org.align4j.core.files.FreshFile;
import org.align4j.core.files.Saved;
import org.align4j.core.optimizer.OptimizerStep;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.stop.StopSignal;
import org.align4j.core.train.Learner.Objective;
import org.align4j.core.train.Timetable.StepPlan;
import org.align4j.core.train.TrainedMethod.Evaluation;

/**
 * A linear regression on arrays with Adam, dropout by the step's seed and a running mean of its own: everything a real
 * method has that a checkpoint must hold. {@code moment} is told wherever a real one would run a kernel.
 */
final class ArrayModel implements Objective, OptimizerStep {
    static final int ROWS = 53;
    private static final int WIDTH = 6;

    private final double[][] inputs = new double[ROWS][WIDTH];
    private final double[] targets = new double[ROWS];
    private final double[] weights = new double[WIDTH];
    private final double[] gradients = new double[WIDTH];
    private final double[] first = new double[WIDTH];
    private final double[] second = new double[WIDTH];
    private final boolean evaluates;
    private final Consumer<String> moment;
    private final TokenBudget budget = new TokenBudget(64, 4, sentence -> {});
    private int updates;
    private double runningMean;
    private double lastMean;

    ArrayModel(boolean evaluates, Consumer<String> moment) {
        this.evaluates = evaluates;
        this.moment = moment;
        Random random = new Random(7);
        for (int row = 0; row < ROWS; row++) {
            Arrays.setAll(inputs[row], i -> random.nextGaussian());
            targets[row] = 2 * inputs[row][0] - inputs[row][1] + 0.1 * random.nextGaussian();
        }
    }

    private void kernel(String name) {
        StopSignal.throwIfStopped();
        moment.accept(name);
    }

    @Override
    public int rows() {
        return ROWS;
    }

    @Override
    public int inputRow(int row) {
        return 2 * row; // as if every other row of the input had been dropped
    }

    @Override
    public TokenBudget budget() {
        return budget;
    }

    @Override
    public StepOutcome accumulate(StepPlan plan) {
        Arrays.fill(gradients, 0);
        double[] losses = new double[plan.rows().length];
        Random dropout = new Random(plan.seed());
        for (int i = 0; i < losses.length; i++) {
            kernel("row " + plan.step() + " " + plan.rows()[i]);
            double[] x = inputs[plan.rows()[i]];
            double error = -targets[plan.rows()[i]] - 0.01 * runningMean;
            double[] kept = new double[WIDTH];
            for (int j = 0; j < WIDTH; j++) {
                kept[j] = dropout.nextDouble() < 0.1 ? 0 : x[j];
                error += weights[j] * kept[j];
            }
            losses[i] = error * error;
            for (int j = 0; j < WIDTH; j++) {
                gradients[j] += 2 * error * kept[j] / losses.length;
            }
        }
        lastMean = Arrays.stream(losses).average().orElseThrow();
        StepMetrics figures = StepMetrics.EMPTY.with("weight", weights[0]);
        return new StepOutcome(lastMean, losses, figures, WIDTH * losses.length, losses.length);
    }

    @Override
    public void commit(StepPlan plan) {
        runningMean = 0.9 * runningMean + 0.1 * lastMean;
    }

    @Override
    public double gradientNorm() {
        return Math.sqrt(Arrays.stream(gradients).map(g -> g * g).sum());
    }

    @Override
    public void apply(double learningRate, double gradientScale) {
        updates++;
        for (int j = 0; j < WIDTH; j++) {
            kernel("update " + updates);
            double g = gradients[j] * gradientScale;
            first[j] = 0.9 * first[j] + 0.1 * g;
            second[j] = 0.999 * second[j] + 0.001 * g * g;
            double mean = first[j] / (1 - Math.pow(0.9, updates));
            double square = second[j] / (1 - Math.pow(0.999, updates));
            weights[j] -= learningRate * mean / (Math.sqrt(square) + 1e-8);
        }
    }

    @Override
    public boolean evaluates() {
        return evaluates;
    }

    @Override
    public Evaluation evaluate() {
        double loss = 0;
        for (int row = 0; row < 8; row++) {
            kernel("evaluate " + updates);
            double error = -targets[row];
            for (int j = 0; j < WIDTH; j++) {
                error += weights[j] * inputs[row][j];
            }
            loss += error * error / 8;
        }
        return new Evaluation(
                StepMetrics.EMPTY.with("loss", loss).with("accuracy", 1 / (1 + Math.abs(weights[0] - 0.5))), null);
    }

    @Override
    public List<Saved> parts() {
        return List.of(
                part("adapter/weights.bin", weights), part("first.bin", first), part("second.bin", second), memory());
    }

    /** What a finished run leaves. */
    RunDirectory.Content product() {
        return directory -> FreshFile.write(directory.resolve("weights.bin"), bytes(weights));
    }

    /** Every number of the state. */
    double[] state() {
        double[] state = Arrays.copyOf(weights, 3 * WIDTH + 2);
        System.arraycopy(first, 0, state, WIDTH, WIDTH);
        System.arraycopy(second, 0, state, 2 * WIDTH, WIDTH);
        state[3 * WIDTH] = updates;
        state[3 * WIDTH + 1] = runningMean;
        return state;
    }

    /** Spoils one number, as a broken kernel would. */
    void spoilGradient() {
        gradients[1] = Double.NaN;
    }

    /** Spoils one number of the optimizer, as a broken memory would. */
    void spoilMoment() {
        second[3] = Double.NaN;
    }

    @Override
    public Optional<String> damage() {
        return DoubleStream.of(second).allMatch(Double::isFinite)
                ? Optional.empty()
                : Optional.of("The second moment of weights");
    }

    private Saved memory() {
        double[] memory = new double[2];
        Saved part = part("memory.bin", memory);
        return new Saved() {
            @Override
            public void save(Path checkpoint) throws IOException {
                memory[0] = updates;
                memory[1] = runningMean;
                part.save(checkpoint);
            }

            @Override
            public void load(Path checkpoint) throws IOException {
                part.load(checkpoint);
                updates = (int) memory[0];
                runningMean = memory[1];
            }
        };
    }

    private Saved part(String name, double[] values) {
        return new Saved() {
            @Override
            public void save(Path checkpoint) throws IOException {
                moment.accept("save " + name);
                damage().ifPresent(damage -> {
                    throw new NotFiniteException(damage + " is not finite. Nothing of this state was saved.");
                });
                Path file = checkpoint.resolve(name);
                Folders.make(file.getParent());
                FreshFile.write(file, bytes(values));
            }

            @Override
            public void load(Path checkpoint) throws IOException {
                byte[] bytes = Files.readAllBytes(checkpoint.resolve(name));
                DataInputStream stream = new DataInputStream(new ByteArrayInputStream(bytes));
                for (int i = 0; i < values.length; i++) {
                    values[i] = stream.readDouble();
                }
            }
        };
    }

    private static byte[] bytes(double[] values) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream stream = new DataOutputStream(bytes);
        for (double value : values) {
            stream.writeDouble(value);
        }
        return bytes.toByteArray();
    }
}
