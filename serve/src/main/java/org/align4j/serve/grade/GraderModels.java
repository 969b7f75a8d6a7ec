package org.align4j.serve.grade;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.hash.Hashing;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.align4j.core.files.Json;
import org.align4j.serve.grade.Grade.Failure;
import org.align4j.serve.grade.Grade.Fault;
import org.align4j.web.AllowedAddresses;
import org.align4j.web.Outgoing;
import org.align4j.web.Refusal;
import org.jspecify.annotations.Nullable;

/**
 * Grades by models: the server's own, whose requests wait in the queue of all chats, or another service's. The likeliest answer is taken unless the
 * grader asks otherwise, so that an answer is graded alike each time; what was asked before is answered from memory.
 */
final class GraderModels {
    private static final int KEPT = 10_000;
    private static final int USUAL_TOKENS = 64;
    private static final int BUSY = 503;
    private static final int NOT_FOUND = 404;
    private static final Pattern NUMBER =
            Pattern.compile("(?<![\\w.])-?(\\d+(\\.\\d+)?|\\.\\d+)([eE][+-]?\\d+)?(?!\\w)");

    private final Chats chats;
    private final Outgoing outgoing;
    private final Map<String, Said> known = Collections.synchronizedMap(new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Said> eldest) {
            return size() > KEPT;
        }
    });

    GraderModels(Chats chats, Outgoing outgoing) {
        this.chats = chats;
        this.outgoing = outgoing;
    }

    /** What a model said, and the tokens that it took. */
    private record Said(String text, long tokens) {}

    Grade grade(String project, Grader grader, Sample sample) throws Failure {
        Grader.Question question = question(grader);
        Said said = said(project, question, sample);
        Map<String, Long> tokens = Map.of(question.model(), said.tokens);
        try {
            double score = grader instanceof Grader.ScoreModel scoring
                    ? score(scoring, said.text)
                    : label((Grader.LabelModel) grader, said.text);
            return new Grade(score, Map.of(grader.name(), score), Map.of(), null, tokens);
        } catch (Failure failure) {
            Grade none = failure.grade(grader);
            return new Grade(0, none.scores(), none.faults(), none.detail(), tokens);
        }
    }

    private static Grader.Question question(Grader grader) {
        return grader instanceof Grader.ScoreModel scoring
                ? scoring.question()
                : ((Grader.LabelModel) grader).question();
    }

    private Said said(String project, Grader.Question question, Sample sample) throws Failure {
        List<Map<String, String>> messages = new ArrayList<>();
        for (Grader.Turn turn : question.turns()) {
            messages.add(Map.of("role", turn.role(), "content", turn.content().fill(sample)));
        }
        Map<String, Object> request = new LinkedHashMap<>();
        URI address = question.address();
        request.put(
                "model",
                address == null
                        ? question.model()
                        : question.model().substring(question.model().indexOf('#') + 1));
        request.put("messages", messages);
        request.put("temperature", 0);
        request.put("seed", 0);
        request.put("max_completion_tokens", USUAL_TOKENS);
        request.putAll(question.sampling());
        String asked = Json.text(request);
        String key = Hashing.sha256()
                .hashString(project + "\n" + question.model() + "\n" + asked, StandardCharsets.UTF_8)
                .toString();
        Said before = known.get(key);
        if (before != null) {
            return before;
        }
        Said said = read(address == null ? own(project, asked) : other(address, asked));
        known.put(key, said);
        return said;
    }

    private JsonNode own(String project, String asked) throws Failure {
        try {
            return Json.read(Json.text(chats.whole(project, Json.read(asked))));
        } catch (Refusal refusal) {
            if (refusal.status() == BUSY) {
                throw refusal;
            }
            throw new Failure(
                    Fault.MODEL_SERVER,
                    refusal.status() == NOT_FOUND ? "the model isn't there any more" : refusal.message());
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("what this program wrote is JSON", impossible);
        }
    }

    private JsonNode other(URI base, String asked) throws Failure {
        URI address = URI.create(base.toString().replaceFirst("/+$", "") + "/chat/completions");
        try {
            Outgoing.Answer answer = outgoing.post(
                    address,
                    Map.of("Content-Type", "application/json", "Accept", "application/json"),
                    asked.getBytes(StandardCharsets.UTF_8));
            if (!answer.granted()) {
                throw new Failure(Fault.MODEL_SERVER, "the model's address answers with status " + answer.status());
            }
            return Json.read(answer.text());
        } catch (AllowedAddresses.NotAllowed wrong) {
            throw new Failure(Fault.MODEL_SERVER, "the model's address can't be used: " + wrong.getMessage());
        } catch (JsonProcessingException noJson) {
            throw new Failure(Fault.MODEL_SERVER, "the model's address answers with no JSON");
        } catch (IOException failed) {
            throw new Failure(Fault.MODEL_SERVER, "the model's address gave no answer");
        }
    }

    private static Said read(JsonNode answer) throws Failure {
        JsonNode message = answer.path("choices").path(0).path("message");
        if (message.path("refusal").isTextual()) {
            throw new Failure(Fault.MODEL_REFUSAL, "the model refused to answer");
        }
        if (!message.path("content").isTextual()) {
            throw new Failure(Fault.MODEL_SERVER, "the model's answer holds no text");
        }
        return new Said(
                message.path("content").textValue(),
                answer.path("usage").path("total_tokens").asLong(0));
    }

    /** Reads a score: {@code result} of a JSON object as OpenAI's graders answer, else the first number of the text. */
    private static double score(Grader.ScoreModel grader, String text) throws Failure {
        Double score = result(text).isNumber() ? Double.valueOf(result(text).doubleValue()) : first(text);
        if (score == null) {
            throw new Failure(Fault.MODEL_PARSE, "the model's answer holds no number");
        }
        if (!(score >= grader.least() && score <= grader.most())) {
            throw new Failure(
                    Fault.MODEL_PARSE,
                    "the model's score is " + score + ", which isn't within " + grader.least() + " to "
                            + grader.most());
        }
        return score;
    }

    private static @Nullable Double first(String text) {
        Matcher number = NUMBER.matcher(text);
        return number.find() ? Double.valueOf(number.group()) : null;
    }

    private static JsonNode result(String text) {
        try {
            return Json.read(text.isBlank() ? "{}" : text).path("result");
        } catch (JsonProcessingException | StackOverflowError noJson) {
            return Json.object().path("result");
        }
    }

    /** Reads a label: {@code result} of a JSON object, or the text itself, whatever the case of its letters and what ends it. */
    private static double label(Grader.LabelModel grader, String text) throws Failure {
        JsonNode result = result(text);
        String said = bare(result.isTextual() ? result.textValue() : text);
        for (String label : grader.labels()) {
            if (bare(label).equalsIgnoreCase(said)) {
                return grader.passing().contains(label) ? 1 : 0;
            }
        }
        throw new Failure(Fault.MODEL_PARSE, "the model's answer is none of the labels");
    }

    private static String bare(String text) {
        return text.strip().replaceAll("^[\"'`]+|[\"'`.!]+$", "");
    }
}
