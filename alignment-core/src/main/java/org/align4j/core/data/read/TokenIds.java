package org.align4j.core.data.read;

import java.util.List;
import org.align4j.core.data.row.Fields;
import org.align4j.core.data.row.Row.Tokens;
import org.align4j.core.error.Shortened;
import org.jspecify.annotations.Nullable;

/** Reads lists of token ids. */
final class TokenIds {
    private TokenIds() {}

    /** Whole numbers from 0, at least one. */
    static Tokens read(Fields fields, String name) {
        return read(fields, name, "", fields.required(name));
    }

    /** @param place where in the field, as the start of a sentence */
    static Tokens read(Fields fields, String name, String place, @Nullable Object value) {
        if (!(value instanceof List<?> list)) {
            throw fields.error(name, place + "is " + Fields.kind(value) + " but must be a list of token ids.");
        }
        if (list.isEmpty()) {
            throw fields.error(name, place + "is empty but must hold at least one token id.");
        }
        int[] ids = new int[list.size()];
        for (int t = 0; t < ids.length; t++) {
            if (!(list.get(t) instanceof Integer id) || id < 0) {
                throw fields.error(
                        name,
                        place + "has " + Shortened.of(list.get(t)) + " at place " + t
                                + " but token ids are whole numbers from 0.");
            }
            ids[t] = id;
        }
        return new Tokens(ids);
    }
}
