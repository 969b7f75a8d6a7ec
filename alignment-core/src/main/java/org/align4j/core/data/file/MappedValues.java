package org.align4j.core.data.file;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.align4j.core.error.InputException;
import org.jspecify.annotations.Nullable;

/**
 * A file in which values of some keys are read as others.
 *
 * @param file the file
 * @param name its name, for messages
 * @param values for each key what its values are read as; one that isn't named stays
 */
record MappedValues(ObjectFile file, String name, Map<String, Map<String, String>> values) implements ObjectFile {
    @Override
    public int read(Receiver receiver) {
        Set<String> missing = new HashSet<>(values.keySet());
        int count = file.read(new Receiver() {
            @Override
            public void object(int line, Map<String, @Nullable Object> fields) {
                missing.removeAll(fields.keySet());
                receiver.object(line, mapped(fields));
            }

            @Override
            public void broken(int line, InputException error) {
                receiver.broken(line, error);
            }

            @Override
            public boolean wantsMore() {
                return receiver.wantsMore();
            }
        });
        if (!missing.isEmpty() && receiver.wantsMore()) {
            throw new InputException("map-values names " + String.join(" and ", missing) + ", but no row of " + name
                    + " has such a key; take it out, or name the key that the file has.");
        }
        return count;
    }

    private Map<String, @Nullable Object> mapped(Map<String, @Nullable Object> fields) {
        Map<String, @Nullable Object> mapped = new LinkedHashMap<>(fields);
        values.forEach((key, readAs) -> {
            Object value = fields.get(key);
            String other = value == null ? null : readAs.get(value.toString().strip());
            if (other != null) {
                mapped.put(key, other);
            }
        });
        return mapped;
    }
}
