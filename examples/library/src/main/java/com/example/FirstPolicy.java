package com.example;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.align4j.core.Align4j;
import org.align4j.core.Cancellation;
import org.align4j.core.Figures;
import org.align4j.core.LanguageModel;
import org.align4j.core.Preference;
import org.align4j.core.Preferences;
import org.align4j.core.TrainedPolicy;
import org.align4j.core.stop.StoppedException;
import org.align4j.dpo.Dpo;
import org.align4j.dpo.loss.paired.Sigmoid;

/** Trains a model on preferences, evaluates it on others, asks it, and shows how a training is cancelled and resumed. */
public final class FirstPolicy {
    private FirstPolicy() {}

    /** Runs on the demo's model and rows: {@code FirstPolicy data/demo runs}. */
    public static void main(String[] arguments) {
        Path demo = Path.of(arguments[0]);
        Path runs = Path.of(arguments[1]);
        System.out.println(train(demo, runs));
        System.out.println(cancelAndResume(demo, runs));
    }

    /** Trains, evaluates, answers and saves. */
    static String train(Path demo, Path runs) {
        Preferences pairs = Preferences.read(demo.resolve("train.jsonl"));
        Preferences others = Preferences.of(List.of(
                Preference.of("Where is the kite?", "You find it at the mill, my dear friend.", "Look for it yourself."),
                Preference.of("What is a nail made of?", "Of iron. Take good care.", "What a dull question.")));
        try (LanguageModel base = Align4j.model(demo.resolve("model")).device("cpu").dtype("fp32").threads(1).open();
                TrainedPolicy policy = Dpo.with(new Sigmoid(0.1))
                        .learningRate(1e-3)
                        .maxSteps(20)
                        .batchSize(16)
                        .maxLength(512)
                        .train(base, pairs, runs.resolve("first"), step -> {
                            if (step.number() % 10 == 0) {
                                System.out.println("step " + step.number() + " of " + step.total() + ": loss "
                                        + step.figures().loss());
                            }
                        })) {
            Figures held = policy.evaluate(others);
            policy.saveAdapter(runs.resolve("first-adapter"));
            return "chosen preferred in " + held.get("rewards/accuracies") + " of the pairs; asked where the kite is: "
                    + policy.answer("Where is the kite?");
        }
    }

    /** Cancels a training from another thread, and takes its run up again. */
    static String cancelAndResume(Path demo, Path runs) {
        Cancellation cancellation = new Cancellation();
        Path run = runs.resolve("cancelled");
        try (LanguageModel base = Align4j.model(demo.resolve("model")).device("cpu").dtype("fp32").threads(1).open()) {
            Dpo.with(new Sigmoid(0.1))
                    .maxSteps(20)
                    .cancelledBy(cancellation)
                    .train(base, Preferences.read(demo.resolve("train.jsonl")), run, step -> {
                        if (step.number() == 3) {
                            CompletableFuture.runAsync(cancellation::cancel);
                        }
                    })
                    .close();
            return "ended before it was cancelled";
        } catch (StoppedException cancelled) {
            try (TrainedPolicy policy = Dpo.resume(run)) {
                return "resumed after it was cancelled: " + policy.result().status() + " at step "
                        + policy.result().step();
            }
        }
    }
}
