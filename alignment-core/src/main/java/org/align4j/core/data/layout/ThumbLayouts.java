package org.align4j.core.data.layout;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.align4j.core.data.row.Fields;
import org.align4j.core.data.row.RowFormat;
import org.jspecify.annotations.Nullable;

/** The layouts in which a row holds one answer and whether a person liked it. */
final class ThumbLayouts {
    private static final List<String> PROMPTS = List.of("prompt", "question", "query", "instruction", "input");
    private static final List<String> ANSWERS = List.of("completion", "response", "answer", "output", "reply");
    private static final List<String> VERDICTS = List.of(
            "thumbs", "thumb", "feedback", "reaction", "liked", "thumbs_up", "vote", "label", "rating", "user_rating");
    private static final Set<String> UP =
            Set.of("up thumbsup thumbup upvote upvoted like liked positive true yes 1 +1 \uD83D\uDC4D".split(" "));
    private static final Set<String> DOWN = Set.of(
            ("down thumbsdown thumbdown downvote downvoted dislike disliked negative false no 0 -1 " + "\uD83D\uDC4E")
                    .split(" "));

    /** The layouts, each with what shows a row to be of it and what such a row says. */
    static final List<Layout> ALL = List.of(
            new Layout(RowFormat.THUMBS, ThumbLayouts::thumbsSeen, ThumbLayouts::thumbs),
            new Layout(RowFormat.OPENWEBUI, ThumbLayouts::openWebUiSeen, ThumbLayouts::openWebUi));

    private ThumbLayouts() {}

    private static @Nullable String thumbsSeen(Fields row) {
        String verdict = verdict(row);
        return verdict == null ? null : "an answer and \"" + verdict + "\"";
    }

    /** Reads logs of thumbs: a prompt, an answer, and whether a person liked it, in whatever spelling. */
    private static List<Map<String, @Nullable Object>> thumbs(Fields row, Layout.PairRequest asked) {
        String verdict = verdict(row);
        String answer = row.firstOf(ANSWERS);
        String prompt = row.firstOf(PROMPTS);
        String key = verdict == null ? row.firstOf(VERDICTS) : verdict;
        Boolean liked = key == null ? null : liked(key, row.required(key));
        if (key == null || liked == null) {
            throw row.error(
                    key == null ? "feedback" : key,
                    "is " + (key == null ? "missing" : row.peek(key))
                            + " but must say up or down (up, 1, true, thumbs_up …).");
        }
        requireAgreement(row, key, liked);
        if (answer == null || prompt == null) {
            return List.of(row.with(RowParts.messages(row.list("messages"), liked)));
        }
        return List.of(row.with(RowParts.judged(row.required(prompt), row.required(answer), liked)));
    }

    /** Returns the key that judges the answer; null where the row is no such row. */
    private static @Nullable String verdict(Fields row) {
        boolean parts = row.firstOf(PROMPTS) != null && row.firstOf(ANSWERS) != null;
        if (!(parts || row.listsObjects("messages")) || !row.lacks("chosen", "rejected", "rejected_response")) {
            return null;
        }
        boolean labelled = row.peek("label") instanceof Boolean && (row.has("completion") || row.has("messages"));
        for (String key : labelled ? List.<String>of() : VERDICTS) {
            Object value = row.peek(key);
            if (value != null && liked(key, value) != null) {
                return key;
            }
        }
        return null;
    }

    private static void requireAgreement(Fields row, String key, boolean liked) {
        for (String other : VERDICTS) {
            Object value = row.peek(other);
            Boolean says = value == null ? null : liked(other, value);
            if (says != null && says != liked) {
                throw row.error(
                        other,
                        "is " + value + " but \"" + key + "\" is " + row.peek(key)
                                + ", and they judge one answer; keep one of them.");
            }
        }
    }

    /** Returns whether a judgement says up; null where it says neither, as a number of stars does. */
    private static @Nullable Boolean liked(String key, Object value) {
        boolean stars = key.endsWith("rating");
        if (stars && (value instanceof Number || Fields.numberOrNull(value) != null)) {
            return null;
        }
        Double number = value instanceof Number ? Fields.numberOrNull(value) : null;
        String word = number != null && number == Math.rint(number)
                ? Long.toString(Math.round(number))
                : value.toString().strip().toLowerCase(Locale.ROOT).replaceAll("[ _-](?=\\p{L})", "");
        return UP.contains(word) ? Boolean.TRUE : DOWN.contains(word) ? Boolean.FALSE : null;
    }

    private static @Nullable String openWebUiSeen(Fields row) {
        return row.peek("data") instanceof Map<?, ?> data
                        && data.containsKey("rating")
                        && row.has("meta")
                        && row.values().containsKey("snapshot")
                ? "\"data\" with \"rating\", \"meta\" and \"snapshot\""
                : null;
    }

    /**
     * Reads Open WebUI's export of feedback: a thumb for one message of a chat, of which the {@code snapshot} holds all
     * messages as a tree. The messages above that one are the prompt. /
     */
    private static List<Map<String, @Nullable Object>> openWebUi(Fields row, Layout.PairRequest asked) {
        Fields data = row.object("data");
        Double rating = Fields.numberOrNull(data.required("rating"));
        if (rating == null || rating == 0) {
            throw data.error("rating", "is " + data.peek("rating") + " but must be 1 (liked) or -1 (disliked).");
        }
        if (row.peek("snapshot") == null) {
            throw row.error(
                    "snapshot",
                    "is null, so that the messages are missing; export feedback whose chats were kept, or take the row out.");
        }
        Fields chat = row.object("snapshot").object("chat");
        Fields content = chat.peek("chat") instanceof Map<?, ?> ? chat.object("chat") : chat;
        String id = row.object("meta").text("message_id");
        row.optional("type");
        row.optional("version");
        List<Map<String, @Nullable Object>> said = said(row, content, id);
        Map<String, @Nullable Object> answer = said.remove(said.size() - 1);
        if (said.isEmpty() || !"assistant".equals(answer.get("role"))) {
            throw row.error(
                    "meta",
                    "names messageOf " + id + ", which is no answer to an earlier messageOf; take the row out.");
        }
        return List.of(row.with(RowParts.judged(said, List.of(answer), rating > 0)));
    }

    /** Returns the messages from the chat's first one to one of it. */
    private static List<Map<String, @Nullable Object>> said(Fields row, Fields content, String id) {
        Object messages = content.peek("history") instanceof Map<?, ?> history && history.get("messages") != null
                ? history.get("messages")
                : content.peek("messages");
        List<Map<String, @Nullable Object>> said = new ArrayList<>();
        Object next = id;
        while (next != null) {
            Map<?, ?> messageOf = messageOf(messages, next);
            if (messageOf == null || said.size() > 10_000) {
                break;
            }
            said.add(RowParts.message(String.valueOf(messageOf.get("role")), String.valueOf(messageOf.get("content"))));
            next = messageOf.get("parentId");
        }
        if (said.isEmpty()) {
            throw row.error("snapshot", "has no messageOf " + id + ", which the thumb is for; take the row out.");
        }
        Collections.reverse(said);
        return said;
    }

    private static @Nullable Map<?, ?> messageOf(@Nullable Object messages, Object id) {
        if (messages instanceof Map<?, ?> tree) {
            return tree.get(id) instanceof Map<?, ?> messageOf ? messageOf : null;
        }
        for (Object one : messages instanceof List<?> list ? list : List.of()) {
            if (one instanceof Map<?, ?> messageOf && id.equals(messageOf.get("id"))) {
                return messageOf;
            }
        }
        return null;
    }
}
