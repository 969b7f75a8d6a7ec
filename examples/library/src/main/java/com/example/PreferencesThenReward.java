///usr/bin/env jbang "$0" "$@" ; exit $?
//DEPS org.align4j:alignment-dpo:0.2.0
//DEPS org.align4j:alignment-reward-model:0.2.0
//DEPS org.align4j:alignment-ppo:0.2.0
//JAVA 17+
//JAVA_OPTIONS -Xmx1g
package com.example;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.align4j.core.Align4j;
import org.align4j.core.LanguageModel;
import org.align4j.core.Preferences;
import org.align4j.core.Prompts;
import org.align4j.core.TrainedPolicy;
import org.align4j.dpo.Dpo;
import org.align4j.dpo.loss.paired.Sigmoid;
import org.align4j.ppo.Ppo;
import org.align4j.reward.RewardModel;

/** Trains a model on preferences and then, in the same program, on a reward that is a function; a reward model judges the answer. */
public final class PreferencesThenReward {
    private static final List<String> KIND = List.of("dear", "glad", "kind", "please", "thank", "warm", "welcome");

    private PreferencesThenReward() {}

    /** Runs on the demo's model and rows: {@code PreferencesThenReward data/demo runs}. */
    public static void main(String[] arguments) {
        System.out.println(trainTwice(Path.of(arguments[0]), Path.of(arguments[1])));
    }

    static String trainTwice(Path demo, Path runs) {
        Preferences pairs = Preferences.read(demo.resolve("train.jsonl"));
        try (LanguageModel base = open(demo.resolve("model"))) {
            Dpo.with(new Sigmoid(0.1))
                    .learningRate(1e-3)
                    .maxSteps(4)
                    .train(base, pairs, runs.resolve("preferences"))
                    .close();
        }
        Prompts prompts = Prompts.of("Where is the kite?", "What is a nail made of?");
        try (LanguageModel base = open(runs.resolve("preferences"));
                TrainedPolicy policy = Ppo.scoring(answer -> kindWords(answer.text()))
                        .rolloutsPerStep(8)
                        .maxNewTokens(16)
                        .maxSteps(2)
                        .train(base, prompts, runs.resolve("reward"));
                LanguageModel plain = open(demo.resolve("model"));
                RewardModel judge = RewardModel.training().maxSteps(2).train(plain, pairs, runs.resolve("judge"))) {
            String answer = policy.answer("Where is the kite?");
            return "says: " + answer + " The reward model gives that " + judge.score("Where is the kite?", answer);
        }
    }

    private static LanguageModel open(Path model) {
        return Align4j.model(model).device("cpu").dtype("fp32").threads(1).open();
    }

    private static double kindWords(String answer) {
        String lower = answer.toLowerCase(Locale.ROOT);
        return KIND.stream().filter(lower::contains).count();
    }
}
