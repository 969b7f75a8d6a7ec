package org.align4j.ppo.rollout;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.error.RunException;
import org.align4j.core.error.Shortened;
import org.align4j.core.files.Json;
import org.align4j.core.generate.Completion;
import org.align4j.core.process.CommandWords;
import org.align4j.core.process.ErrorLog;
import org.align4j.core.process.LineProcess;
import org.align4j.core.reward.RewardContext;
import org.align4j.core.reward.RewardFunction;
import org.align4j.core.reward.RewardSource;
import org.jspecify.annotations.Nullable;

/**
 * {@code exec:COMMAND}: a program that is asked in JSON lines, {@code {"id", "prompt", "completion", "row"}}, and answers {@code
 * {"id", "score", "parts"?}}. It starts with the first step's answers and stays until the run ends.
 */
public final class ExecReward implements RewardSource {
    private static final String PREFIX = "exec:";
    private static final String OPTION = "reward";

    @Override
    public String usage() {
        return PREFIX + "COMMAND";
    }

    @Override
    public boolean takes(String given) {
        return given.startsWith(PREFIX);
    }

    @Override
    public void requireNew(String given, @Nullable String key) {
        command(given).requireProgram(OPTION);
    }

    @Override
    public RewardFunction open(String given, RewardContext context) {
        CommandWords command = command(given);
        command.requireProgram(OPTION);
        return new Program(command, context.terms());
    }

    private static CommandWords command(String given) {
        return CommandWords.of(OPTION, given.substring(PREFIX.length()));
    }

    /** A reward that your own program computes; asked by one thread. */
    private static final class Program implements RewardFunction {
        private static final String LOG = "rewards.log";

        private final ErrorLog log = new ErrorLog();
        private final LineProcess process;
        private long asked;

        Program(CommandWords command, RewardContext.Terms terms) {
            LineProcess.Limit limit = new LineProcess.Limit("reward-timeout", terms.timeout());
            process = new LineProcess(command, limit, new LineProcess.Listener(terms.notes(), log::accept));
        }

        @Override
        public void requirePrompts(List<PromptTokens> prompts) {
            TextReward.requireTexts(prompts);
        }

        @Override
        public boolean keepsTime() {
            return true;
        }

        @Override
        public void keepIn(Path run) {
            log.keepIn(run.resolve(LOG));
        }

        @Override
        public double[] scores(List<Completion> responses) {
            return scored(responses).scores();
        }

        @Override
        public Scored scored(List<Completion> responses) {
            List<ObjectNode> answers =
                    process.askAll(responses.stream().map(this::request).toList());
            log.requireWritten();
            double[] scores = new double[answers.size()];
            for (int i = 0; i < scores.length; i++) {
                scores[i] = number(responses.get(i), "score", answers.get(i).path("score"));
            }
            return new Scored(scores, parts(responses, answers));
        }

        private ObjectNode request(Completion response) {
            String prompt = response.prompt().text();
            ObjectNode request = Json.object().put("id", asked++);
            request.put("prompt", prompt == null ? "" : prompt).put("completion", TextReward.text(response));
            return request.set("row", Json.tree(response.prompt().fields()));
        }

        /** Reads the parts; all answers of a step have the same ones. */
        private static Map<String, double[]> parts(List<Completion> responses, List<ObjectNode> answers) {
            Set<String> names = names(answers.isEmpty() ? null : answers.get(0));
            Map<String, double[]> parts = new LinkedHashMap<>();
            names.forEach(name -> parts.put(name, new double[answers.size()]));
            for (int i = 0; i < answers.size(); i++) {
                Set<String> own = names(answers.get(i));
                if (!own.equals(names)) {
                    throw new RunException(format(
                            "it gave the parts %s for row %d but %s for row %d; give every answer of a step the same parts",
                            Shortened.list(new ArrayList<>(names)),
                            responses.get(0).prompt().row(),
                            Shortened.list(new ArrayList<>(own)),
                            responses.get(i).prompt().row()));
                }
                for (Map.Entry<String, double[]> part : parts.entrySet()) {
                    JsonNode value = answers.get(i).path("parts").path(part.getKey());
                    part.getValue()[i] = number(responses.get(i), part.getKey(), value);
                }
            }
            return parts;
        }

        private static Set<String> names(@Nullable ObjectNode answer) {
            Set<String> names = new LinkedHashSet<>();
            if (answer != null) {
                answer.path("parts").fieldNames().forEachRemaining(names::add);
            }
            return names;
        }

        private static double number(Completion response, String name, JsonNode value) {
            if (!value.isNumber()) {
                throw new RunException(format(
                        "its answer for row %d has no number \"%s\" but %s",
                        response.prompt().row(), name, value.isMissingNode() ? "nothing" : Shortened.of(value)));
            }
            return value.doubleValue();
        }

        @Override
        public void close() {
            process.close();
            log.close();
        }
    }
}
