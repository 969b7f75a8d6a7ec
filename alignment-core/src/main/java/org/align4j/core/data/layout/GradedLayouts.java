package org.align4j.core.data.layout;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.file.RatedNeighbours;
import org.align4j.core.data.row.Fields;
import org.align4j.core.data.row.RowFormat;
import org.align4j.core.data.row.Transcript;
import org.jspecify.annotations.Nullable;

/** The layouts in which a row holds several answers to one prompt, graded or ranked. */
final class GradedLayouts {
    private static final String ASPECTS = "fine-grained_score";
    private static final String OVERALL = "overall_score";
    private static final String ANSWERS = "responses";
    private static final String GRADE = "helpfulness";

    /** The layouts, each with what shows a row to be of it and what such a row says. */
    static final List<Layout> ALL = List.of(
            new Layout(RowFormat.VERTEX, GradedLayouts::vertexSeen, GradedLayouts::vertex),
            new Layout(RowFormat.ULTRAFEEDBACK, GradedLayouts::ultraFeedbackSeen, GradedLayouts::ultraFeedback),
            new Layout(RowFormat.NECTAR, GradedLayouts::nectarSeen, GradedLayouts::nectar),
            new Layout(RowFormat.NEMO, GradedLayouts::nemoSeen, GradedLayouts::nemo),
            new Layout(RowFormat.STACKEXCHANGE, GradedLayouts::stackExchangeSeen, GradedLayouts::stackExchange),
            new Layout(RowFormat.REWARDBENCH2, GradedLayouts::rewardBench2Seen, GradedLayouts::rewardBench2),
            new Layout(RowFormat.HELPSTEER, GradedLayouts::helpSteerSeen, GradedLayouts::helpSteer),
            new Layout(RowFormat.STARS, GradedLayouts::starsSeen, GradedLayouts::stars));

    private GradedLayouts() {}

    private static @Nullable String vertexSeen(Fields row) {
        return row.listsObjects("contents", "parts")
                ? "\"contents\" with \"parts\"" + (row.has("completions") ? " and \"completions\"" : "")
                : null;
    }

    /** Reads Gemini's rows of Vertex AI: contents of parts, perhaps with two completions and their scores. */
    private static List<Map<String, @Nullable Object>> vertex(Fields row, Layout.PairRequest asked) {
        List<Map<String, @Nullable Object>> messages = new ArrayList<>();
        for (String key : List.of("systemInstruction", "system_instruction")) {
            if (row.has(key)) {
                messages.add(RowParts.message("system", text(row.object(key))));
            }
        }
        row.objects("contents").forEach(turn -> messages.add(message(turn)));
        if (!row.has("completions")) {
            return List.of(row.with(RowParts.messages(messages, null)));
        }
        GradedAnswers answers = new GradedAnswers(row, "completions");
        for (Fields completion : row.objects("completions")) {
            answers.add(List.of(message(completion.object("completion"))), completion.number("score"));
        }
        return answers.pairs(messages, asked.pairing());
    }

    private static Map<String, @Nullable Object> message(Fields turn) {
        String role = turn.has("role") ? turn.text("role") : "user";
        return RowParts.message(role.equals("model") ? "assistant" : role, text(turn));
    }

    private static String text(Fields turn) {
        StringBuilder text = new StringBuilder();
        turn.objects("parts").forEach(part -> text.append(part.text("text")));
        return text.toString();
    }

    private static @Nullable String ultraFeedbackSeen(Fields row) {
        return row.texts("instruction") && row.listsObjects("completions", "response")
                ? "\"instruction\" and \"completions\" with \"response\""
                : null;
    }

    /**
     * Reads raw UltraFeedback: an instruction and several answers of models, each with scores. The mean of the aspects is
     * the grade where all answers have it, since the overall score is known to be noisy.
     */
    private static List<Map<String, @Nullable Object>> ultraFeedback(Fields row, Layout.PairRequest asked) {
        List<Fields> completions = row.objects("completions");
        boolean fine =
                completions.stream().allMatch(completion -> Fields.numberOrNull(completion.peek(ASPECTS)) != null);
        GradedAnswers answers = new GradedAnswers(row, "completions");
        for (Fields completion : completions) {
            answers.add(completion.text("response"), completion.number(fine ? ASPECTS : OVERALL));
        }
        row.note((fine ? ASPECTS : OVERALL) + " says which answer is better");
        return answers.pairs(row.text("instruction"), asked.pairing());
    }

    private static @Nullable String nectarSeen(Fields row) {
        return row.texts("prompt") && row.listsObjects("answers", "answer", "rank")
                ? "\"prompt\" and \"answers\" with \"answer\" and \"rank\""
                : null;
    }

    /** Reads Nectar: a transcript as prompt and several answers with their ranks, 1 for the best. */
    private static List<Map<String, @Nullable Object>> nectar(Fields row, Layout.PairRequest asked) {
        String prompt = row.text("prompt");
        boolean transcript = Transcript.isOne(prompt);
        GradedAnswers answers = new GradedAnswers(row, "answers");
        for (Fields answer : row.objects("answers")) {
            String text = answer.text("answer");
            answers.add(transcript ? prompt.stripTrailing() + " " + text : text, -answer.number("rank"));
        }
        return answers.pairs(transcript ? null : prompt, asked.pairing());
    }

    private static @Nullable String nemoSeen(Fields row) {
        return row.listsObjects("context") && row.listsObjects("completions", "completion", "rank")
                ? "\"context\" and \"completions\" with \"completion\" and \"rank\""
                : null;
    }

    /** Reads preferences of NeMo: messages as context and answers with their ranks, the lowest for the best. */
    private static List<Map<String, @Nullable Object>> nemo(Fields row, Layout.PairRequest asked) {
        GradedAnswers answers = new GradedAnswers(row, "completions");
        for (Fields completion : row.objects("completions")) {
            answers.add(completion.list("completion"), -completion.number("rank"));
        }
        return answers.pairs(row.list("context"), asked.pairing());
    }

    private static @Nullable String stackExchangeSeen(Fields row) {
        return row.texts("question") && row.listsObjects("answers", "text", "pm_score")
                ? "\"question\" and \"answers\" with \"text\" and \"pm_score\""
                : null;
    }

    /** Reads questions of Stack Exchange with several answers and the score that votes gave each. */
    private static List<Map<String, @Nullable Object>> stackExchange(Fields row, Layout.PairRequest asked) {
        GradedAnswers answers = new GradedAnswers(row, "answers");
        for (Fields answer : row.objects("answers")) {
            answers.add(answer.text("text"), answer.number("pm_score"));
        }
        return answers.pairs(row.text("question"), asked.pairing());
    }

    private static @Nullable String rewardBench2Seen(Fields row) {
        return row.texts("prompt") && holdsTexts(row.peek("chosen")) && holdsTexts(row.peek("rejected"))
                ? "\"prompt\" and lists of texts as \"chosen\" and \"rejected\""
                : null;
    }

    /** Reads RewardBench 2: a prompt with lists of good and of bad answers. */
    private static List<Map<String, @Nullable Object>> rewardBench2(Fields row, Layout.PairRequest asked) {
        GradedAnswers answers = new GradedAnswers(row, "chosen");
        add(row, "chosen", 1, answers);
        add(row, "rejected", 0, answers);
        return answers.pairs(row.text("prompt"), asked.pairing());
    }

    private static boolean holdsTexts(@Nullable Object value) {
        return value instanceof List<?> list && !list.isEmpty() && list.get(0) instanceof String;
    }

    private static void add(Fields row, String key, int grade, GradedAnswers answers) {
        for (Object answer : row.list(key)) {
            if (!(answer instanceof String text)) {
                throw row.error(key, "holds something else than texts, but each answer must be one.");
            }
            answers.add(text, grade);
        }
    }

    private static @Nullable String helpSteerSeen(Fields row) {
        return row.texts("prompt") && row.listsObjects(ANSWERS, "response", GRADE)
                ? "\"prompt\", \"response\" and \"helpfulness\" in neighbouring rows"
                : null;
    }

    /**
     * Reads the ratings of HelpSteer and HelpSteer 2, neighbouring rows of one prompt that were joined: the more helpful
     * answer is the better one.
     */
    private static List<Map<String, @Nullable Object>> helpSteer(Fields row, Layout.PairRequest asked) {
        List<Fields> rated = row.objects(ANSWERS);
        GradedAnswers answers = new GradedAnswers(row, ANSWERS);
        for (Fields answer : rated) {
            answers.add(RowParts.answer(answer.text("response")), answer.number(GRADE));
        }
        row.note("neighbouring rows of one prompt are one row, whose " + GRADE + " says which answer is better");
        return answers.pairs(RowParts.turns(row.text("prompt")), asked.pairing());
    }

    private static @Nullable String starsSeen(Fields row) {
        return row.listsObjects(RatedNeighbours.STARRED, RatedNeighbours.RESPONSE, RatedNeighbours.STARS)
                ? "a prompt, a response and a rating in stars"
                : null;
    }

    /** Reads stars for the answers to one prompt, which are in neighbouring rows and come joined. */
    private static List<Map<String, @Nullable Object>> stars(Fields row, Layout.PairRequest asked) {
        List<Fields> starred = row.objects(RatedNeighbours.STARRED);
        if (starred.size() < 2) {
            throw row.error(
                    "rating",
                    "grades the only answer to its prompt, but a preference needs two, in rows that follow one another; sort the"
                            + " file by prompt, take the row out, or make labels of the stars with --map-values.");
        }
        GradedAnswers answers = new GradedAnswers(row, "rating");
        for (Fields answer : starred) {
            answers.add(answer.required(RatedNeighbours.RESPONSE), answer.number(RatedNeighbours.STARS));
        }
        return answers.pairs(row.required("prompt"), asked.pairing());
    }
}
