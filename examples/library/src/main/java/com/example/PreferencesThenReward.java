package com.example;

import java.nio.file.Path;
import java.util.List;
import org.align4j.core.Align4j;
import org.align4j.core.LanguageModel;
import org.align4j.core.Preferences;
import org.align4j.core.Prompts;
import org.align4j.core.TrainedPolicy;
import org.align4j.dpo.Dpo;
import org.align4j.dpo.loss.paired.Sigmoid;
import org.align4j.ppo.Ppo;
import org.align4j.reward.RewardModel;

/** Trains one model in two ways in one program: on preferences, then on a reward that is a function of the program. */
public final class PreferencesThenReward {
    private static final List<String> KIND = List.of("dear", "glad", "gladly", "kind", "please", "thank", "warm", "welcome");

    private PreferencesThenReward() {}

    /** Runs on the demo's model and rows: {@code PreferencesThenReward data/demo runs}. */
    public static void main(String[] arguments) {
        System.out.println(train(Path.of(arguments[0]), Path.of(arguments[1])));
    }

    /** Trains with DPO, then with PPO from what DPO made, and a reward model that judges both. */
    static String train(Path demo, Path runs) {
        Preferences pairs = Preferences.read(demo.resolve("train.jsonl"));
        try (LanguageModel base = open(demo.resolve("model"));
                RewardModel judge = RewardModel.training().maxSteps(4).train(base, pairs, runs.resolve("judge"))) {
            Dpo.with(new Sigmoid(0.1))
                    .learningRate(1e-3)
                    .maxSteps(4)
                    .train(base, pairs, runs.resolve("preferences"))
                    .close();
            try (LanguageModel preferred = open(runs.resolve("preferences"));
                    TrainedPolicy policy = Ppo.scoring(answer -> kindWords(answer.text()))
                            .rolloutsPerStep(8)
                            .maxNewTokens(24)
                            .maxSteps(2)
                            .train(
                                    preferred,
                                    Prompts.of("Where is the kite?", "What is a nail made of?"),
                                    runs.resolve("reward"))) {
                String answer = policy.answer("Where is the kite?");
                return "after " + policy.result().step() + " steps on the reward: " + answer + " The reward model gives it "
                        + judge.score("Where is the kite?", answer);
            }
        }
    }

    private static LanguageModel open(Path model) {
        return Align4j.model(model).device("cpu").dtype("fp32").threads(1).open();
    }

    private static double kindWords(String answer) {
        return KIND.stream().filter(answer.toLowerCase()::contains).count();
    }
}
