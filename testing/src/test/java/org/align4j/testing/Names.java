package org.align4j.testing;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The names under which a person chooses a provider of a named service. */
final class Names {
    private Names() {}

    /**
     * Returns the names of each provider, by class: the one string that its {@code name()} or {@code command()} returns, else every form of the
     * class's name. A provider whose name takes more than that to find has none here, and always counts.
     */
    static Map<String, Set<String>> of(Program program) {
        Map<String, Set<String>> names = new HashMap<>();
        for (String service : Rules.NAMED_SERVICES) {
            for (String provider : program.providers().getOrDefault(service, java.util.List.of())) {
                Set<String> known = names.computeIfAbsent(provider, any -> new HashSet<>());
                String said = said(program, provider);
                if (said != null) {
                    add(known, said);
                }
                add(known, dashed(Rules.topLevel(provider)));
            }
        }
        return names;
    }

    private static void add(Set<String> known, String name) {
        known.add(name);
        known.add(name.replace('-', '_'));
        known.add(name.replace("-", ""));
        known.add(name.toUpperCase(Locale.ROOT));
    }

    private static String said(Program program, String provider) {
        for (String method : new String[] {"name()Ljava/lang/String;", "command()Ljava/lang/String;"}) {
            String owner = program.resolve(provider, method);
            ClassFile.Method found = owner == null ? null : program.method(owner, method);
            if (found != null && found.strings().size() == 1) {
                return found.strings().iterator().next();
            }
        }
        return null;
    }

    /** {@code SimPo} becomes {@code sim-po}. */
    static String dashed(String name) {
        return name.replaceAll("(?<=[a-z0-9])(?=[A-Z])", "-").toLowerCase(Locale.ROOT);
    }
}
