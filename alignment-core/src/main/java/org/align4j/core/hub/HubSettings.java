package org.align4j.core.hub;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.align4j.core.error.InputException;
import org.align4j.core.web.WebClient;
import org.jspecify.annotations.Nullable;

/**
 * The folder that models of the hub are kept in, and the address they are fetched from.
 *
 * @param cache the cache's root, with a folder for each model
 * @param endpoint the hub
 * @param token what the hub knows the user by, or null
 * @param offline whether the network must not be used
 * @param retryPause how long to wait after a first failure; doubled after each further one
 * @param silence the longest wait for the next byte of an answer
 */
public record HubSettings(
        Path cache, URI endpoint, @Nullable String token, boolean offline, Duration retryPause, Duration silence) {
    private static final Set<String> TRUE = Set.of("1", "true", "yes", "on");

    /**
     * The settings in environment variables: {@code HF_HUB_CACHE}, {@code HF_HOME}, {@code XDG_CACHE_HOME},
     * {@code HF_ENDPOINT}, {@code HF_TOKEN}, {@code HF_HUB_OFFLINE}.
     *
     * @param home the user's home directory
     */
    public static HubSettings of(Map<String, String> environment, Path home) {
        String endpoint = environment.getOrDefault("HF_ENDPOINT", "https://huggingface.co");
        URI uri;
        try {
            uri = URI.create(endpoint.endsWith("/") ? endpoint.substring(0, endpoint.length() - 1) : endpoint);
        } catch (IllegalArgumentException e) {
            throw new InputException("HF_ENDPOINT is " + endpoint + " but must be a URL.", e);
        }
        if (!WebClient.reaches(uri)) {
            throw new InputException("HF_ENDPOINT is " + endpoint + " but must be a URL of http or https.");
        }
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
