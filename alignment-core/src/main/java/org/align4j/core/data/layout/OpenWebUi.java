package org.align4j.core.data.layout;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.row.RowFormat;
import org.jspecify.annotations.Nullable;

/**
 * Reads Open WebUI's export of feedback: a thumb for one message of a chat, of which the {@code snapshot} holds all messages as a tree. The
 * messages above that one are the prompt.
 */
final class OpenWebUi implements Layout {
    @Override
    public RowFormat format() {
        return RowFormat.OPENWEBUI;
    }

    @Override
    public @Nullable String evidence(ForeignRow row) {
        return row.peek("data") instanceof Map<?, ?> data
                        && data.containsKey("rating")
                        && row.has("meta")
                        && row.values().containsKey("snapshot")
                ? "\"data\" with \"rating\", \"meta\" and \"snapshot\""
                : null;
    }

    @Override
    public List<Map<String, @Nullable Object>> rows(ForeignRow row, Pairing pairing) {
        ForeignRow data = row.object("data");
        Double rating = ForeignRow.numberOrNull(data.required("rating"));
        if (rating == null || rating == 0) {
            throw data.error("rating", "is " + data.peek("rating") + " but must be 1 (liked) or -1 (disliked).");
        }
        if (row.peek("snapshot") == null) {
            throw row.error(
                    "snapshot",
                    "is null, so that the messages are missing; export feedback whose chats were kept, or take the row out.");
        }
        ForeignRow chat = row.object("snapshot").object("chat");
        ForeignRow content = chat.peek("chat") instanceof Map<?, ?> ? chat.object("chat") : chat;
        String id = row.object("meta").text("message_id");
        row.optional("type");
        row.optional("version");
        List<Map<String, @Nullable Object>> said = said(row, content, id);
        Map<String, @Nullable Object> answer = said.remove(said.size() - 1);
        if (said.isEmpty() || !"assistant".equals(answer.get("role"))) {
            throw row.error(
                    "meta", "names message " + id + ", which is no answer to an earlier message; take the row out.");
        }
        return List.of(row.with(RowParts.judged(said, List.of(answer), rating > 0)));
    }

    /** Returns the messages from the chat's first one to one of it. */
    private static List<Map<String, @Nullable Object>> said(ForeignRow row, ForeignRow content, String id) {
        Object messages = content.peek("history") instanceof Map<?, ?> history && history.get("messages") != null
                ? history.get("messages")
                : content.peek("messages");
        List<Map<String, @Nullable Object>> said = new ArrayList<>();
        Object next = id;
        while (next != null) {
            Map<?, ?> message = message(messages, next);
            if (message == null || said.size() > 10_000) {
                break;
            }
            said.add(RowParts.message(String.valueOf(message.get("role")), String.valueOf(message.get("content"))));
            next = message.get("parentId");
        }
        if (said.isEmpty()) {
            throw row.error("snapshot", "has no message " + id + ", which the thumb is for; take the row out.");
        }
        Collections.reverse(said);
        return said;
    }

    private static @Nullable Map<?, ?> message(@Nullable Object messages, Object id) {
        if (messages instanceof Map<?, ?> tree) {
            return tree.get(id) instanceof Map<?, ?> message ? message : null;
        }
        for (Object one : messages instanceof List<?> list ? list : List.of()) {
            if (one instanceof Map<?, ?> message && id.equals(message.get("id"))) {
                return message;
            }
        }
        return null;
    }
}
