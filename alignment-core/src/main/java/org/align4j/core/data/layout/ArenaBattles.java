package org.align4j.core.data.layout;

import java.util.List;
import java.util.Map;
import org.align4j.core.data.row.RowFormat;
import org.jspecify.annotations.Nullable;

/** Reads votes of an arena: the conversations that a person had with two models, and which was better. */
final class ArenaBattles implements Layout {
    @Override
    public RowFormat format() {
        return RowFormat.ARENA;
    }

    @Override
    public @Nullable String evidence(ForeignRow row) {
        return conversation(row.peek("conversation_a"))
                        && conversation(row.peek("conversation_b"))
                        && row.texts("winner")
                ? "\"conversation_a\", \"conversation_b\" and \"winner\""
                : null;
    }

    @Override
    public List<Map<String, @Nullable Object>> rows(ForeignRow row, Pairing pairing) {
        List<?> first = row.list("conversation_a");
        List<?> second = row.list("conversation_b");
        if (first.size() > 2) {
            row.note(Duel.MANY_TURNS);
        }
        return new Duel(null, first, second).decided(Votes.read(row, "winner", Votes.LETTERS), row);
    }

    private static boolean conversation(@Nullable Object value) {
        return value instanceof List<?> turns && !turns.isEmpty() && turns.get(0) instanceof Map<?, ?>;
    }
}
