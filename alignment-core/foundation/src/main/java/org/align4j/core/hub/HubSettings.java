package org.align4j.core.hub;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.align4j.core.error.AddressSecrets;
import org.align4j.core.error.InputException;
import org.align4j.core.web.ServiceKey;
import org.align4j.core.web.WebClient;
import org.jspecify.annotations.Nullable;

/**
 * The folder that models from the hub are kept in, and the address they are fetched from.
 *
 * @param cache the cache's root, with a folder for each model
 * @param endpoint the hub
 * @param token what the hub knows the user by, or null
 * @param offline whether the network must not be used
 * @param retryPause how long to wait after a first failure; doubled after each further one
 * @param silence the longest wait for more of an answer; a whole listing may take ten times as long
 */
public record HubSettings(
        Path cache, URI endpoint, @Nullable ServiceKey token, boolean offline, Duration retryPause, Duration silence) {
    /** The variable that names the hub. */
    static final String ENDPOINT = "HF_ENDPOINT";

    private static final String TOKEN = "HF_TOKEN";
    private static final String TOKEN_FILE = "HF_TOKEN_PATH";

    private static final Set<String> TRUE = Set.of("1", "true", "yes", "on");

    /**
     * The settings in environment variables: {@code HF_HUB_CACHE}, {@code HF_HOME}, {@code XDG_CACHE_HOME},
     * {@code HF_ENDPOINT}, {@code HF_TOKEN}, {@code HF_TOKEN_PATH}, {@code HF_HUB_OFFLINE}. A token that no variable holds is read from the file
     * that {@code hf auth login} writes.
     *
     * @param home the user's home directory
     */
    public static HubSettings of(Map<String, String> environment, Path home) {
        URI uri = endpoint(environment.getOrDefault(ENDPOINT, "https://huggingface.co"));
        boolean offline =
                TRUE.contains(environment.getOrDefault("HF_HUB_OFFLINE", "").toLowerCase(Locale.ROOT));
        return new HubSettings(
                cache(environment, home),
                uri,
                token(environment, home),
                offline,
                Duration.ofSeconds(1),
                Duration.ofSeconds(30));
    }

    private static URI endpoint(String given) {
        String is = ENDPOINT + " is " + AddressSecrets.ofAddress(given);
        if (AddressSecrets.hasUser(given)) {
            throw new InputException(
                    is
                            + ", which holds a user or a password, and these are never sent; leave them out, and give a token as HF_TOKEN.");
        }
        URI uri;
        try {
            uri = URI.create(given.endsWith("/") ? given.substring(0, given.length() - 1) : given);
        } catch (IllegalArgumentException e) {
            throw new InputException(is + " but must be a URL.", e);
        }
        if (!WebClient.reaches(uri)) {
            throw new InputException(is + " but must be a URL of http or https.");
        }
        if (uri.getRawQuery() != null || uri.getRawFragment() != null) {
            throw new InputException(
                    ENDPOINT + " is " + given.replaceFirst("[?#].*", "") + " with a query or a fragment but must be a"
                            + " URL without, since paths are put behind it; give a token as HF_TOKEN.");
        }
        return uri;
    }

    private static @Nullable ServiceKey token(Map<String, String> environment, Path home) {
        ServiceKey given = ServiceKey.find(TOKEN, TOKEN, environment);
        Path file = tokenFile(environment, home);
        return given != null || !Files.isRegularFile(file)
                ? given
                : ServiceKey.find(TOKEN_FILE, "file:" + file, environment);
    }

    /** Returns the file that a token is read from where {@code HF_TOKEN} isn't set. */
    public static Path tokenFile(Map<String, String> environment, Path home) {
        return set(environment, TOKEN_FILE)
                .orElseGet(() -> huggingFace(environment, home).resolve("token"));
    }

    private static Path cache(Map<String, String> environment, Path home) {
        return set(environment, "HF_HUB_CACHE")
                .orElseGet(() -> huggingFace(environment, home).resolve("hub"));
    }

    private static Path huggingFace(Map<String, String> environment, Path home) {
        return set(environment, "HF_HOME")
                .orElseGet(() -> set(environment, "XDG_CACHE_HOME")
                        .orElseGet(() -> home.resolve(".cache"))
                        .resolve("huggingface"));
    }

    private static Optional<Path> set(Map<String, String> environment, String variable) {
        return Optional.ofNullable(environment.get(variable))
                .filter(path -> !path.isBlank())
                .map(Path::of);
    }

    @Override
    public String toString() {
        return "HubSettings[cache=" + cache + ", endpoint=" + endpoint + ", offline=" + offline + "]";
    }
}
