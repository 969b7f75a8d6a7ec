package org.align4j.core.compare.chat;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.align4j.core.compare.chat.ChatAsking.Manner;
import org.align4j.core.compare.chat.ChatAsking.Question;
import org.align4j.core.compare.chat.ChatAsking.Replied;
import org.align4j.core.data.encode.Drop;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.row.BadRows;
import org.align4j.core.data.row.Row;
import org.align4j.core.data.row.Row.Conversation;
import org.align4j.core.error.InputException;
import org.align4j.core.files.Json;
import org.jspecify.annotations.Nullable;

/**
 * Asks a hosted chat model for answers to prompts, and makes the lines that {@code align generate} makes of a model's own. Each answer is kept
 * in a file beside the one that is made, before it counts: an answer that was paid for is never asked for again.
 */
public final class HostedAnswers {
    private static final String ENDING = ".replies.jsonl";
    private static final String CUT = "length";

    /** Words of services for an answer that was kept back, or left out. */
    private static final Set<String> UNSAID = Set.of("content_filter", "refusal");

    private final ChatEndpoint endpoint;
    private final HostedSampling sampling;
    private final Path out;
    private final List<HostedPrompts.Prompt> prompts;
    private final List<Drop> drops;
    private final List<Question> questions = new ArrayList<>();

    /**
     * Prepares the questions.
     *
     * @param out the file that will hold the answers
     * @param rows whose prompts are asked
     * @param bad what is done with a row that can't be asked
     */
    public HostedAnswers(ChatEndpoint endpoint, HostedSampling sampling, Path out, RowSource rows, BadRows bad) {
        HostedPrompts asked = HostedPrompts.read(rows, bad);
        this.endpoint = endpoint;
        this.sampling = sampling;
        this.out = out;
        this.prompts = asked.prompts();
        this.drops = asked.drops();
        for (HostedPrompts.Prompt prompt : prompts) {
            for (int sample = 0; sample < sampling.samples(); sample++) {
                questions.add(question(prompt.content(), sample));
            }
        }
    }

    /** Makes the request for one answer; the answers to a prompt are told apart by their numbers. */
    private Question question(Row.Content prompt, int sample) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("model", endpoint.model());
        body.put("messages", prompt.spokenBy("user"));
        if (prompt instanceof Conversation conversation && conversation.tools() != null) {
            body.put("tools", conversation.tools());
        }
        body.putAll(sampling.fields(sample));
        String text = Json.text(body);
        return new Question(endpoint.hash("answer", Integer.toString(sample), text), text);
    }

    /** Returns the file that keeps the answers that were paid for. */
    Path replies() {
        return out.resolveSibling(out.getFileName() + ENDING);
    }

    /** Opens the file of the answers that were paid for; refuses files that hold something else. */
    ReplyFile open() {
        if (Files.exists(out) && !Files.exists(replies())) {
            throw new InputException(format(
                    "out is %s, which is there already and has no %s beside it, so that align answers didn't make it; give a new file.",
                    out, replies().getFileName()));
        }
        ReplyFile kept = ReplyFile.open(endpoint.purpose(), replies());
        Set<String> others = new HashSet<>(kept.keys());
        questions.forEach(question -> others.remove(question.key()));
        if (!others.isEmpty()) {
            kept.close();
            throw new InputException(format(
                    "out is %s, beside which %s holds %,d answers that nothing here asks for: to other prompts, by another model, or sampled"
                            + " otherwise. Give the same as before (more prompts may follow), or a new file.",
                    out, replies().getFileName(), others.size()));
        }
        return kept;
    }

    /**
     * Counts what is asked for and what of it is still to be paid for.
     *
     * @param prompts that can be asked
     * @param leftOut sentences of the rows that can't
     * @param answers of all prompts
     * @param missing answers that aren't kept yet; equal prompts share theirs
     * @param characters of the requests that are still to be sent
     */
    public record Plan(int prompts, List<String> leftOut, int answers, int missing, long characters) {}

    /**
     * Counts what asking would come to; sends nothing.
     *
     * @throws InputException where the files hold something else
     */
    public Plan plan() {
        if (!Files.exists(replies()) && !Files.exists(out)) {
            return plan(Set.of());
        }
        try (ReplyFile kept = open()) {
            return plan(kept.keys());
        }
    }

    private Plan plan(Set<String> kept) {
        List<Question> missing = questions.stream()
                .distinct()
                .filter(question -> !kept.contains(question.key()))
                .toList();
        long characters =
                missing.stream().mapToLong(question -> question.body().length()).sum();
        List<String> leftOut = drops.stream().map(Drop::detail).toList();
        return new Plan(prompts.size(), leftOut, questions.size(), missing.size(), characters);
    }

    /** Returns whether log-probabilities are asked for. */
    public boolean asksLogProbs() {
        return sampling.logProbs();
    }

    /**
     * Asks for the answers that are missing, and keeps each before it counts.
     *
     * @param atOnce requests under way at a time
     * @param attempts how often a request that fails is sent in all
     * @param most requests that are sent in all; 0 for twice the answers that are missing, and 10 more
     * @param progress receives how many answers more are there
     * @throws InputException where the files hold something else, such as the answers to other prompts
     */
    public Answered ask(int atOnce, int attempts, long most, IntConsumer progress) {
        return ask(new Manner(atOnce, attempts, Duration.ofSeconds(1), most), progress);
    }

    Answered ask(Manner asked, IntConsumer progress) {
        ReplyFile kept = open();
        long most = asked.most() > 0 ? asked.most() : mostRequests(plan(kept.keys()));
        Manner manner = new Manner(asked.atOnce(), asked.attempts(), asked.pause(), most);
        try (ChatAsking asking = new ChatAsking(endpoint, manner, kept)) {
            return new Answered(this, asking.ask(questions, progress), asking.cost());
        }
    }

    /** Returns how many requests are sent at most where nothing else is said. */
    public static long mostRequests(Plan plan) {
        return 2L * plan.missing() + 10;
    }

    /** What came of the questions, in their order, and what asking cost, in a sentence. */
    public record Answered(HostedAnswers of, List<Replied> replies, String cost) {
        /** Makes the lines: answers, the prompts that have none, and the rows that weren't asked, in the order of the rows. */
        public void lines(Consumer<Map<String, Object>> sink) {
            int dropped = 0;
            for (int i = 0; i < replies.size(); i++) {
                HostedPrompts.Prompt prompt = of.prompts.get(i / of.sampling.samples());
                while (dropped < of.drops.size() && of.drops.get(dropped).row() < prompt.row()) {
                    sink.accept(of.drops.get(dropped++).line());
                }
                sink.accept(line(prompt, i % of.sampling.samples(), replies.get(i)));
            }
            of.drops.subList(dropped, of.drops.size()).forEach(drop -> sink.accept(drop.line()));
        }

        private static Map<String, Object> line(HostedPrompts.Prompt prompt, int sample, Replied replied) {
            Map<String, Object> line = new LinkedHashMap<>();
            line.put("row", prompt.row());
            line.put("sample", sample);
            ChatReply reply = replied.reply();
            if (reply == null) {
                line.put("dropped", String.valueOf(replied.problem()));
                return line;
            }
            line.put("prompt", prompt.content().json());
            if (prompt.content() instanceof Conversation conversation) {
                if (conversation.tools() != null) {
                    line.put("tools", conversation.tools());
                }
                line.put("completion", List.of(message(reply)));
            } else {
                line.put("completion", reply.text());
            }
            line.put("finished", !reply.end().equals(CUT));
            line.put("end_reason", reply.end());
            logProbs(reply.logProbs(), line);
            return line;
        }

        private static Map<String, Object> message(ChatReply reply) {
            Map<String, Object> message = new LinkedHashMap<>();
            message.put("role", "assistant");
            message.put("content", reply.text());
            if (!reply.calls().isEmpty()) {
                message.put("tool_calls", reply.calls());
            }
            return message;
        }

        private static void logProbs(JsonNode given, Map<String, Object> line) {
            if (given.isEmpty()) {
                return;
            }
            List<Double> values = new ArrayList<>();
            List<String> texts = new ArrayList<>();
            List<List<Map<String, Object>>> likeliest = new ArrayList<>();
            for (JsonNode token : given) {
                values.add(token.path("logprob").asDouble());
                texts.add(token.path("token").asText());
                List<Map<String, Object>> others = new ArrayList<>();
                token.path("top_logprobs")
                        .forEach(other -> others.add(Map.of(
                                "token", other.path("token").asText(),
                                "log_prob", other.path("logprob").asDouble())));
                likeliest.add(others);
            }
            line.put("completion_token_texts", texts);
            line.put("completion_token_log_probs", values);
            if (likeliest.stream().anyMatch(others -> !others.isEmpty())) {
                line.put("completion_token_likeliest", likeliest);
            }
        }

        /** Counts the answers that are there. */
        public int answers() {
            return count(reply -> true);
        }

        /** Counts the answers that were cut. */
        public int cut() {
            return count(reply -> reply.end().equals(CUT));
        }

        /** Counts the answers that the service kept back. */
        public int unsaid() {
            return count(reply -> UNSAID.contains(reply.end()));
        }

        /** Counts the answers that came with log-probabilities. */
        public int withLogProbs() {
            return count(reply -> !reply.logProbs().isEmpty());
        }

        private int count(java.util.function.Predicate<ChatReply> wanted) {
            return (int) replies.stream()
                    .map(Replied::reply)
                    .filter(reply -> reply != null && wanted.test(reply))
                    .count();
        }

        /** Counts the questions that have no answer, by reason. */
        public Map<String, Integer> problems() {
            Map<String, Integer> problems = new LinkedHashMap<>();
            for (Replied replied : replies) {
                @Nullable String problem = replied.problem();
                if (problem != null) {
                    problems.merge(problem, 1, Integer::sum);
                }
            }
            return problems;
        }
    }
}
