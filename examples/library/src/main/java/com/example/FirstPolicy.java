///usr/bin/env jbang "$0" "$@" ; exit $?
//DEPS org.align4j:alignment-dpo:0.2.0
//DEPS org.align4j:alignment-reward-model:0.2.0
//DEPS org.align4j:alignment-ppo:0.2.0
//JAVA 17+
//JAVA_OPTIONS -Xmx1g
package com.example;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.align4j.core.Align4j;
import org.align4j.core.Cancellation;
import org.align4j.core.FigureValues;
import org.align4j.core.LanguageModel;
import org.align4j.core.Preference;
import org.align4j.core.Preferences;
import org.align4j.core.TrainedPolicy;
import org.align4j.core.stop.StoppedException;
import org.align4j.dpo.Dpo;
import org.align4j.dpo.loss.paired.Sigmoid;

/** Trains a model on preferences, evaluates it on others and asks it; then cancels a training from another thread and resumes it. */
public final class FirstPolicy {
    private FirstPolicy() {}

    /** Runs on the demo's model and rows: {@code FirstPolicy data/demo runs}. */
    public static void main(String[] arguments) {
        Path demo = Path.of(arguments[0]);
        Path runs = Path.of(arguments[1]);
        System.out.println(trainEvaluateAnswer(demo, runs));
        System.out.println(cancelAndResume(demo, runs));
    }

    static String trainEvaluateAnswer(Path demo, Path runs) {
        Preferences pairs = Preferences.read(demo.resolve("train.jsonl"));
        Preferences others = Preferences.of(List.of(
                Preference.of("Where is the kite?", "You find it at the mill, my dear.", "Look for it yourself."),
                Preference.of("What is a nail made of?", "Of iron. Take good care.", "What a dull question.")));
        try (LanguageModel base = open(demo.resolve("model"));
                TrainedPolicy policy = Dpo.with(new Sigmoid(0.1))
                        .learningRate(1e-3)
                        .maxSteps(10)
                        .train(base, pairs, runs.resolve("first"), step -> {
                            if (step.number() == step.total()) {
                                System.out.println("loss " + step.figures().loss());
                            }
                        })) {
            FigureValues held = policy.evaluate(others);
            policy.saveAdapter(runs.resolve("first-adapter"));
            return "prefers the chosen answer of " + held.get("rewards/accuracies") + " of the pairs, and says: "
                    + policy.answer("Where is the kite?");
        }
    }

    static String cancelAndResume(Path demo, Path runs) {
        Cancellation cancellation = new Cancellation();
        Path run = runs.resolve("cancelled");
        Dpo settings = Dpo.with(new Sigmoid(0.1)).maxSteps(8).cancelledBy(cancellation);
        try (LanguageModel base = open(demo.resolve("model"));
                TrainedPolicy policy =
                        settings.train(base, Preferences.read(demo.resolve("train.jsonl")), run, step -> {
                            if (step.number() == 2) {
                                CompletableFuture.runAsync(cancellation::cancel).join();
                            }
                        })) {
            return policy.result().status() + " before it was cancelled";
        } catch (StoppedException cancelled) {
            try (TrainedPolicy policy = Dpo.resume(run)) {
                return "cancelled, resumed, and " + policy.result().status() + " after step "
                        + policy.result().step();
            }
        }
    }

    private static LanguageModel open(Path model) {
        return Align4j.model(model).device("cpu").dtype("fp32").threads(1).open();
    }
}
