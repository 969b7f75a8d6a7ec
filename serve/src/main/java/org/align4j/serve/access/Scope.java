package org.align4j.serve.access;

import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Nearest;

/** What a key may do. */
public enum Scope {
    /** Look at files, jobs and models, and chat. */
    READ,
    /** Upload files and make, change and delete jobs and models. */
    TRAIN,
    /** All that, and see the figures of the whole server. */
    ADMIN;

    /** Returns the word that people type. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Reads words; {@code admin} holds the others. */
    public static Set<Scope> read(Collection<String> words) {
        List<String> known = Arrays.stream(values()).map(Scope::word).toList();
        EnumSet<Scope> scopes = EnumSet.noneOf(Scope.class);
        for (String word : words) {
            int index = known.indexOf(word);
            if (index < 0) {
                throw new InputException(
                        "scopes holds " + word + " but must be of read, train and admin" + Nearest.hint(word, known));
            }
            scopes.add(values()[index]);
        }
        if (scopes.isEmpty()) {
            throw new InputException("scopes is empty but must hold one of read, train and admin.");
        }
        return scopes.contains(ADMIN) ? EnumSet.allOf(Scope.class) : scopes;
    }
}
