package org.align4j.core.web;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;
import org.align4j.core.error.InputException;
import org.jspecify.annotations.Nullable;

/**
 * A secret that a service knows the user by. An option names the environment variable or the file that holds it, and what is written
 * and printed is that name; the secret itself is in no option, message or file.
 */
public final class ServiceKey {
    private static final String FILE = "file:";
    private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
    private static final Pattern SENDABLE = Pattern.compile("[\\x21-\\x7e]+");
    private static final int LONGEST_BYTES = 16 << 10;
    private static final String MARK = "…";

    private final String secret;

    private ServiceKey(String secret) {
        this.secret = secret;
    }

    /**
     * Refuses what can name no key; reads nothing. What was given isn't repeated, since it may be the key itself.
     *
     * @param option that names the key, such as {@code judge-key}
     * @throws InputException where it is neither the name of a variable nor of a file
     */
    public static void requireName(String option, String named) {
        boolean file = named.startsWith(FILE) && named.length() > FILE.length();
        if (!file && !VARIABLE.matcher(named).matches()) {
            throw new InputException(format(
                    "%s must be the name of an environment variable, such as OPENAI_API_KEY, or file:PATH; never give the key itself.",
                    option));
        }
    }

    /**
     * Reads the key of a service from its environment variable.
     *
     * @param option that names it
     * @param named the variable's name, or {@code file:PATH}
     * @return null where the variable isn't set or is blank
     * @throws InputException where the file can't be read, or what is there can be no key
     */
    public static @Nullable ServiceKey find(String option, String named, Map<String, String> environment) {
        requireName(option, named);
        String text = named.startsWith(FILE)
                ? inFile(option, named.substring(FILE.length()))
                : environment.getOrDefault(named, "");
        String secret = text.strip();
        if (secret.isEmpty()) {
            if (named.startsWith(FILE)) {
                throw new InputException(format("%s is %s, which is empty; write the key into it.", option, named));
            }
            return null;
        }
        if (!SENDABLE.matcher(secret).matches()) {
            throw new InputException(format(
                    "%s names a key with characters that can't be sent in a header (spaces, line ends, letters beyond ASCII); put the key"
                            + " there and nothing else.",
                    option));
        }
        return new ServiceKey(secret);
    }

    /**
     * Reads a key that must be there.
     *
     * @throws InputException where the variable isn't set, too
     */
    public static ServiceKey require(String option, String named, Map<String, String> environment) {
        ServiceKey key = find(option, named, environment);
        if (key == null) {
            throw new InputException(format(
                    "%s names an environment variable that isn't set here; set it to the key, or give file:PATH (never the key itself).",
                    option));
        }
        return key;
    }

    private static String inFile(String option, String name) {
        try {
            Path file = Path.of(name);
            if (!Files.isRegularFile(file)) {
                throw new InputException(
                        format("%s is file:%s, which is no file; give the file that holds the key.", option, name));
            }
            if (Files.size(file) > LONGEST_BYTES) {
                throw new InputException(format(
                        "%s is file:%s, which is too long for a key; give a file that holds the key alone.",
                        option, name));
            }
            return Files.readString(file);
        } catch (IOException | InvalidPathException e) {
            throw new InputException(format("%s is file:%s, which can't be read as text.", option, name), e);
        }
    }

    /** Puts the key into a request. */
    public HttpRequest.Builder sign(HttpRequest.Builder request) {
        return request.header("Authorization", "Bearer " + secret);
    }

    /** Returns a text that may repeat the key, as answers of services do, without it. */
    public String removedFrom(String text) {
        return text.replace(secret, MARK);
    }

    @Override
    public String toString() {
        return "ServiceKey[" + MARK + "]";
    }
}
