package org.align4j.core.run;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The options of a run with every auto settled.
 *
 * @param values each option's value by its name, as config.yaml writes it
 */
public record SettledOptions(Map<String, String> values) {
    /** Copies the options, in their order. */
    public SettledOptions {
        values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }

    /**
     * Takes the options from the text that {@link org.align4j.core.options.OptionsYaml} writes.
     *
     * @param yaml one line an option
     */
    public static SettledOptions ofYaml(String yaml) {
        Map<String, String> values = new LinkedHashMap<>();
        for (String line : (Iterable<String>) yaml.lines()::iterator) {
            int colon = line.indexOf(':');
            if (colon > 0) {
                values.put(
                        line.substring(0, colon).strip(),
                        line.substring(colon + 1).strip());
            }
        }
        return new SettledOptions(values);
    }

    /** SHA-256 of all names and values, whatever their order. */
    public String sha256() {
        Hasher hasher = Hashing.sha256().newHasher();
        new TreeMap<>(values)
                .forEach((name, value) -> hasher.putString(
                        name.length() + ":" + name + value.length() + ":" + value, StandardCharsets.UTF_8));
        return hasher.hash().toString();
    }

    /** What differs from these options to others, in the order of the others; an option that only one of them has is new or gone, not changed. */
    public List<RunChange> changesTo(SettledOptions now) {
        List<RunChange> changes = new ArrayList<>();
        now.values.forEach((name, value) -> {
            String before = values.get(name);
            if (before != null && !before.equals(value)) {
                changes.add(new RunChange(name, before, value));
            }
        });
        return changes;
    }
}
