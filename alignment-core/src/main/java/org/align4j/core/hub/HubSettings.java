package org.align4j.core.hub;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.align4j.core.error.AddressSecrets;
import org.align4j.core.error.InputException;
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
        Path cache, URI endpoint, @Nullable String token, boolean offline, Duration retryPause, Duration silence) {
    /** The variable that names the hub. */
    static final String ENDPOINT = "HF_ENDPOINT";

    private static final Set<String> TRUE = Set.of("1", "true", "yes", "on");

    /**
     * The settings in environment variables: {@code HF_HUB_CACHE}, {@code HF_HOME}, {@code XDG_CACHE_HOME},
     * {@code HF_ENDPOINT}, {@code HF_TOKEN}, {@code HF_HUB_OFFLINE}.
     *
     * @param home the user's home directory
     */
    public static HubSettings of(Map<String, String> environment, Path home) {
        URI uri = endpoint(environment.getOrDefault(ENDPOINT, "https://huggingface.co"));
        String token = environment.getOrDefault("HF_TOKEN", "").strip();
        boolean offline =
                TRUE.contains(environment.getOrDefault("HF_HUB_OFFLINE", "").toLowerCase(Locale.ROOT));
        return new HubSettings(
                cache(environment, home),
                uri,
                token.isEmpty() ? null : token,
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

    private static Path cache(Map<String, String> environment, Path home) {
        String hub = environment.get("HF_HUB_CACHE");
        if (hub != null && !hub.isBlank()) {
            return Path.of(hub);
        }
        String huggingFace = environment.get("HF_HOME");
        if (huggingFace != null && !huggingFace.isBlank()) {
            return Path.of(huggingFace).resolve("hub");
        }
        String caches = environment.get("XDG_CACHE_HOME");
        Path root = caches != null && !caches.isBlank() ? Path.of(caches) : home.resolve(".cache");
        return root.resolve("huggingface").resolve("hub");
    }

    @Override
    public String toString() {
        return "HubSettings[cache=" + cache + ", endpoint=" + endpoint + ", offline=" + offline + "]";
    }
}
