package org.align4j.core.cli.model;

import static org.align4j.core.error.RootFormat.format;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.align4j.core.cli.NamedCommand;
import org.align4j.core.cli.ResultLines;
import org.align4j.core.compare.chat.ChatEndpoint;
import org.align4j.core.compare.chat.ChatEndpoint.Purpose;
import org.align4j.core.compare.chat.HostedAnswers;
import org.align4j.core.compare.chat.HostedAnswers.Answered;
import org.align4j.core.compare.chat.HostedAnswers.Plan;
import org.align4j.core.compare.chat.HostedSampling;
import org.align4j.core.data.file.DataFiles;
import org.align4j.core.data.row.LayoutOptions;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.options.Option;
import org.align4j.core.stop.StopSignal;
import org.align4j.core.terminal.Progress;
import org.align4j.core.terminal.Terminal;
import org.align4j.core.web.ServiceKey;
import org.jspecify.annotations.Nullable;

/** {@code align answers}: a hosted model's answers to prompts, each of which is paid for once. */
public final class AnswersCommand extends NamedCommand<AnswersCommand.Options> {
    private static final String USUAL_KEY = "OPENAI_API_KEY";
    private static final Purpose PURPOSE =
            new Purpose("from", "", "key", "attempts", "model", "answer", "give another file as out");

    /** The options of {@code align answers}. */
    record Options(
            @Option(
                    help =
                            "The hosted model: the address of an API that speaks as OpenAI's does, and the model's name there, as in https://api.openai.com/v1#gpt-4o.")
            String from,

            @Option(
                    help =
                            "Rows whose prompts are answered: .jsonl, .json, .parquet; files, globs, hf:org/name:split, comma separated.")
            List<String> prompts,

            LayoutOptions layout,

            @Option(help = "File for the lines; beside it FILE.replies.jsonl keeps every answer as it comes.")
            Path out,

            HostedSampling sampling,
            RequestOptions requests,

            @Option(
                    help = "Count prompts, answers and what is missing; send and write nothing.",
                    defaultValue = "false")
            boolean dryRun) {
        /** The options for how a hosted model's service is asked. */
        record RequestOptions(
                @Option(
                        help = "Environment variable that holds the key, or file:PATH; never the key itself.",
                        defaultValue = USUAL_KEY)
                String key,

                @Option(
                        help = "Requests under way at a time; more are faster and meet the service's limits sooner.",
                        defaultValue = "4")
                int atOnce,

                @Option(
                        help =
                                "The number of attempts for a request that fails, with longer and longer pauses, or those that the service asks for.",
                        defaultValue = "6")
                int attempts,

                @Option(
                        help =
                                "Seconds that a whole answer may take; more wait longer before the request is sent again.",
                        defaultValue = "120")
                int timeout,

                @Option(
                        help =
                                "Requests that are sent in all, those that fail and are sent again included; auto is twice the answers that are missing, and 10 more.",
                        unset = "auto")
                @Nullable
                Integer maxRequests) {}

        /** Checks ranges, the address and the key's name. */
        public Options {
            prompts = List.copyOf(prompts);
            require("at-once", requests.atOnce(), 64);
            require("attempts", requests.attempts(), 20);
            require("timeout", requests.timeout(), 3600);
            require("max-requests", requests.maxRequests() == null ? 1 : requests.maxRequests(), Integer.MAX_VALUE);
            ServiceKey.requireName("key", requests.key());
            endpoint(from, null, requests.timeout());
        }

        private static void require(String name, int value, int most) {
            if (value < 1 || value > most) {
                throw new InputException(name + " is " + value + " but must be 1 to " + most + ".");
            }
        }

        private static ChatEndpoint endpoint(String from, @Nullable ServiceKey key, int timeout) {
            String named = from.startsWith("openai:") ? from.substring("openai:".length()) : from;
            return ChatEndpoint.parse(PURPOSE, named, key, Duration.ofSeconds(timeout));
        }

        /** Returns the endpoint with its key; the usual variable may be unset, since a service on this machine needs none. */
        ChatEndpoint endpoint() {
            ServiceKey secret = requests.key().equals(USUAL_KEY)
                    ? ServiceKey.find("key", requests.key(), System.getenv())
                    : ServiceKey.require("key", requests.key(), System.getenv());
            return endpoint(from, secret, requests.timeout());
        }

        HostedAnswers answers() {
            return new HostedAnswers(endpoint(), sampling, out, layout.once("prompts", prompts), layout.badRows());
        }
    }

    /** Names the command. */
    public AnswersCommand() {
        super("answers", "a hosted model's answers to prompts, resumable, each paid for once", Options.class);
    }

    @Override
    public int run(Options options, Terminal terminal) {
        ResultLines.requireFile(options.out());
        DataFiles.download(options.prompts(), terminal);
        HostedAnswers answers = options.answers();
        Plan plan = answers.plan();
        if (!plan.leftOut().isEmpty()) {
            terminal.notes(List.of(format(
                    "%,d rows were left out, the first: %s",
                    plan.leftOut().size(), plan.leftOut().get(0))));
        }
        if (options.dryRun()) {
            tell(options, plan, terminal);
            return 0;
        }
        StopSignal.goOnWith("the same command, which asks for what is missing");
        try (Progress progress = terminal.progress("answers", plan.answers())) {
            long most = options.requests().maxRequests() == null
                    ? 0
                    : options.requests().maxRequests();
            Answered answered =
                    answers.ask(options.requests().atOnce(), options.requests().attempts(), most, progress::advance);
            terminal.notes(notes(answers, answered));
            ResultLines.write(
                    options.out(), terminal, sink -> answered.lines(sink::line), () -> figures(plan, answered));
            requireAll(plan, answered);
            return 0;
        } finally {
            StopSignal.goOnWith(null);
        }
    }

    /** Says what would be sent. */
    private static void tell(Options options, Plan plan, Terminal terminal) {
        long tokens = (long) plan.missing() * options.sampling().maxNewTokens();
        long most = options.requests().maxRequests() == null
                ? HostedAnswers.mostRequests(plan)
                : options.requests().maxRequests();
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("prompts", plan.prompts());
        figures.put("left_out", plan.leftOut().size());
        figures.put("answers", plan.answers());
        figures.put("missing", plan.missing());
        figures.put("characters", plan.characters());
        figures.put("max_tokens", tokens);
        figures.put("max_requests", most);
        terminal.print(format(
                "%,d prompts, %,d answers, of which %,d are missing: %,d characters are sent, at most %,d tokens are written, in at most"
                        + " %,d requests. Nothing was sent.",
                plan.prompts(), plan.answers(), plan.missing(), plan.characters(), tokens, most));
        terminal.result(figures);
    }

    private static List<String> notes(HostedAnswers answers, Answered answered) {
        List<String> notes = new ArrayList<>();
        notes.add(answered.cost());
        if (answered.cut() > 0) {
            notes.add(format(
                    "%,d of %,d answers were cut at max-new-tokens; a larger one cuts fewer.",
                    answered.cut(), answered.answers()));
        }
        if (answered.unsaid() > 0) {
            notes.add(format(
                    "%,d of %,d answers are refusals or were kept back by the service.",
                    answered.unsaid(), answered.answers()));
        }
        if (answers.asksLogProbs() && answered.withLogProbs() < answered.answers()) {
            notes.add(format(
                    "%,d of %,d answers came without log-probabilities.",
                    answered.answers() - answered.withLogProbs(), answered.answers()));
        }
        return notes;
    }

    private static Map<String, Object> figures(Plan plan, Answered answered) {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("prompts", plan.prompts());
        figures.put("answers", answered.answers());
        figures.put("cut", answered.cut());
        figures.put("with_log_probs", answered.withLogProbs());
        figures.put("missing", answered.problems());
        return figures;
    }

    private static void requireAll(Plan plan, Answered answered) {
        if (!answered.problems().isEmpty()) {
            throw new RunException(format(
                    "%,d of %,d answers are missing (%s); their lines say why. The same command asks for them again, and for nothing else.",
                    plan.answers() - answered.answers(),
                    plan.answers(),
                    answered.problems().entrySet().stream()
                            .map(problem -> problem.getKey() + ": " + problem.getValue())
                            .collect(Collectors.joining(", "))));
        }
    }
}
