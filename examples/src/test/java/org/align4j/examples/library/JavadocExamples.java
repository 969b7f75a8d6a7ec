package org.align4j.examples.library;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.align4j.core.AdaptedModel;
import org.align4j.core.Align4j;
import org.align4j.core.LanguageModel;
import org.align4j.core.Preferences;
import org.align4j.core.Prompts;
import org.align4j.core.Sft;
import org.align4j.core.Sft.Conversations;
import org.align4j.core.TrainedPolicy;
import org.align4j.core.autodiff.Tape;
import org.align4j.core.autodiff.Var;
import org.align4j.core.loop.AdamSettings;
import org.align4j.core.loop.TokenDatum;
import org.align4j.core.loop.TokenLoss.CrossEntropy;
import org.align4j.core.loop.TokenLoss.Weights;
import org.align4j.core.loop.TokenSequence;
import org.align4j.core.text.ChatTemplate;
import org.align4j.core.text.Message;
import org.align4j.core.text.TextEncoder;
import org.align4j.dpo.Dpo;
import org.align4j.dpo.loss.paired.Sigmoid;
import org.align4j.ppo.Ppo;
import org.align4j.ppo.distill.Distill;
import org.align4j.reward.RewardModel;

/** The examples that stand in the Javadoc of the facade, word for word; {@code JavadocExamplesTest} compares the two. */
final class JavadocExamples {
    private JavadocExamples() {}

    /** Stands at {@link Align4j}. */
    static void open() {
        try (LanguageModel model = Align4j.open("HuggingFaceTB/SmolLM2-135M-Instruct")) {
            System.out.println(model.answer("How do I boil an egg?"));
        }
    }

    /** Stands at {@link ChatTemplate}. */
    static String render() {
        ChatTemplate template = ChatTemplate.of(Path.of("data/demo/model"));
        String prompt = template.render(List.of(Message.of("user", "Where is the kite?")), null);
        return prompt;
    }

    /** Stands in docs/text.md. */
    static String renderTools() {
        ChatTemplate template = ChatTemplate.of(Path.of("data/demo/model"));
        List<Message> messages = List.of(Message.of("system", "Be brief."), Message.of("user", "Where is the kite?"));
        Map<String, Object> find = Map.of("type", "function", "function", Map.of("name", "find"));
        String prompt = template.render(messages, null);
        String withTools = template.render(messages, List.of(find));
        return prompt + withTools;
    }

    /** Stands in docs/text.md. */
    static String encode() {
        TextEncoder encoder = TextEncoder.load(Path.of("data/demo/model"), null, null, Map.of());
        int[] ids = encoder.encodePrompt(List.of(Message.of("user", "Where is the kite?")), null);
        String back = encoder.tokenizer().decode(ids, false);
        return back;
    }

    /** Stands at {@link LanguageModel}. */
    static void likelihood() {
        List<Message> asked = List.of(Message.of("user", "How do I boil an egg?"));
        try (LanguageModel model = Align4j.open(Path.of("runs/mine"))) {
            double[] tokens = model.logProbs(asked, "Eight minutes in boiling water."); // nats, one per token
            System.out.println(model.answer(asked) + " " + tokens.length);
        }
    }

    /** Stands at {@link Sft}. */
    static void tune() {
        Conversations chats = Conversations.read(Path.of("chats.jsonl"));
        try (LanguageModel base = Align4j.open("HuggingFaceTB/SmolLM2-135M");
                TrainedPolicy policy = Sft.usual().epochs(2).train(base, chats, Path.of("runs/sft"))) {
            System.out.println(policy.answer("How do I boil an egg?"));
        }
    }

    /** Stands at {@link Dpo}. */
    static void prefer() {
        Preferences pairs = Preferences.read(Path.of("pairs.jsonl"));
        Dpo settings = Dpo.with(new Sigmoid(0.1)).batchSize(32).seed(7);
        try (LanguageModel base = Align4j.open("HuggingFaceTB/SmolLM2-135M-Instruct");
                TrainedPolicy policy = settings.train(base, pairs, Path.of("runs/dpo"))) {
            System.out.println(policy.result().status());
        }
    }

    /** Stands at {@link TrainedPolicy}. */
    static void evaluate(TrainedPolicy policy) {
        Preferences heldOut = Preferences.read(Path.of("heldout.jsonl"));
        System.out.println(policy.evaluate(heldOut).get("rewards/accuracies"));
        policy.saveAdapter(Path.of("adapters/mine")); // a PEFT folder
    }

    /** Stands at {@link RewardModel}. */
    static void score() {
        Preferences pairs = Preferences.read(Path.of("pairs.jsonl"));
        try (LanguageModel base = Align4j.open("HuggingFaceTB/SmolLM2-135M-Instruct");
                RewardModel judge = RewardModel.training().train(base, pairs, Path.of("runs/judge"))) {
            System.out.println(judge.score("How do I boil an egg?", "Eight minutes in boiling water."));
        }
    }

    /** Stands at {@link Ppo}. */
    static void reinforce() {
        Prompts prompts = Prompts.read(Path.of("prompts.jsonl"));
        Ppo settings =
                Ppo.scoring(answer -> answer.text().endsWith(".") ? 1 : 0).option("algorithm", "grpo");
        try (LanguageModel base = Align4j.open("HuggingFaceTB/SmolLM2-135M-Instruct");
                TrainedPolicy policy = settings.train(base, prompts, Path.of("runs/grpo"))) {
            System.out.println(policy.answer("How do I boil an egg?"));
        }
    }

    /** Stands at {@link Distill}. */
    static void distill() {
        Prompts prompts = Prompts.read(Path.of("prompts.jsonl"));
        Distill settings = Distill.from("HuggingFaceTB/SmolLM2-360M-Instruct").divergenceBeta(0.5);
        try (LanguageModel student = Align4j.open("HuggingFaceTB/SmolLM2-135M-Instruct");
                TrainedPolicy policy = settings.train(student, prompts, Path.of("runs/distilled"))) {
            System.out.println(policy.answer("How do I boil an egg?"));
        }
    }

    /** Stands at {@link AdaptedModel}. */
    static void loop(LanguageModel base, List<TokenSequence> rows) {
        try (AdaptedModel policy = base.adapt()) {
            for (TokenSequence row : rows) {
                var data = List.of(new TokenDatum<>(row, Weights.each(row, 1)));
                double loss = policy.forwardBackward(data, new CrossEntropy()).loss();
                policy.step(AdamSettings.usual(1e-4)); // AdamW; the gradient is zero again
                System.out.println(loss);
            }
            policy.saveAdapter(Path.of("adapters/loop"));
        }
    }

    /** Stands at {@link Tape}. */
    static double[] derive() {
        Tape tape = new Tape();
        Var margin = tape.variable(0.3, -0.1);
        Var loss = margin.times(0.1).logSigmoid().negate().mean();
        tape.backward(loss);
        double[] gradient = margin.gradient();
        return gradient;
    }
}
