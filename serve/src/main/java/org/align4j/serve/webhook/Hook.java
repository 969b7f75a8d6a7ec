package org.align4j.serve.webhook;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.files.Json;
import org.align4j.serve.access.Access;
import org.align4j.web.AllowedAddresses;
import org.align4j.web.AllowedAddresses.NotAllowed;

/**
 * An address that is notified when something of a project ends.
 *
 * @param url that is posted to
 * @param project whose jobs and batches it hears of
 * @param events that it hears of
 * @param secret that signs what is sent
 */
record Hook(URI url, String project, Set<String> events, byte[] secret) {
    /** All that can be heard of, by OpenAI's names. */
    static final List<String> EVENTS = List.of(
            "fine_tuning.job.succeeded",
            "fine_tuning.job.failed",
            "fine_tuning.job.cancelled",
            "batch.completed",
            "batch.failed",
            "batch.expired",
            "batch.cancelled");

    private static final String PREFIX = "whsec_";
    private static final int LEAST_SECRET = 16;
    private static final int MOST_HOOKS = 32;
    private static final String FORM = "an array of objects {\"url\", \"secret\", \"project\"?, \"events\"?}";

    /**
     * Reads {@code --webhooks FILE}.
     *
     * @throws InputException where the file isn't of that form, or names an address that the server may not send to
     */
    static List<Hook> read(Path file, AllowedAddresses allowed) {
        try {
            JsonNode all = Json.read(file);
            if (!all.isArray() || all.size() > MOST_HOOKS) {
                throw new InputException(
                        format("webhooks is %s, which must hold %s, at most %d.", file, FORM, MOST_HOOKS));
            }
            List<Hook> hooks = new ArrayList<>();
            Set<URI> urls = new HashSet<>();
            for (JsonNode each : all) {
                Hook hook = read(format("webhooks %s, number %d", file, hooks.size() + 1), each, allowed);
                if (!urls.add(hook.url)) {
                    throw new InputException(format(
                            "webhooks %s names an address twice, with number %d; give each address one entry.",
                            file, hooks.size() + 1));
                }
                hooks.add(hook);
            }
            return hooks;
        } catch (JsonProcessingException broken) {
            throw new InputException(format("webhooks is %s, which is no JSON; it must hold %s.", file, FORM));
        } catch (IOException failed) {
            throw new InputException(
                    format("webhooks is %s, which can't be read: %s.", file, FileFailure.reason(failed)), failed);
        }
    }

    private static Hook read(String place, JsonNode hook, AllowedAddresses allowed) {
        hook.fieldNames().forEachRemaining(field -> {
            if (!Set.of("url", "secret", "project", "events").contains(field)) {
                throw new InputException(format("%s: \"%s\" is no field; it must be of %s.", place, field, FORM));
            }
        });
        return new Hook(
                url(place, hook.path("url"), allowed),
                hook.path("project").asText(Access.DEFAULT_PROJECT),
                events(place, hook.path("events")),
                secret(place, hook.path("secret")));
    }

    private static URI url(String place, JsonNode given, AllowedAddresses allowed) {
        try {
            URI url = URI.create(given.asText(""));
            allowed.requireWritten(url);
            return url;
        } catch (IllegalArgumentException wrong) {
            throw new InputException(place + ": url is no address; write http://HOST[:PORT]/PATH or https://….");
        } catch (NotAllowed refused) {
            throw new InputException(place + ": url can't be sent to: " + refused.getMessage() + ".", refused);
        }
    }

    private static Set<String> events(String place, JsonNode given) {
        if (given.isMissingNode() || given.isNull()) {
            return Set.copyOf(EVENTS);
        }
        Set<String> events = new HashSet<>();
        given.forEach(event -> events.add(event.asText()));
        if (!given.isArray() || !EVENTS.containsAll(events) || events.isEmpty()) {
            throw new InputException(place + ": events must be an array of some of " + String.join(", ", EVENTS)
                    + "; leave it out for all.");
        }
        return Set.copyOf(events);
    }

    private static byte[] secret(String place, JsonNode given) {
        String text = given.asText("");
        try {
            byte[] secret = Base64.getDecoder().decode(text.startsWith(PREFIX) ? text.substring(PREFIX.length()) : "");
            if (secret.length >= LEAST_SECRET) {
                return secret;
            }
        } catch (IllegalArgumentException wrong) {
            // The refusal below says what it must be, and nothing of what it is.
        }
        throw new InputException(place + ": secret must be " + PREFIX + " and the Base64 of " + LEAST_SECRET
                + " random bytes or more: echo " + PREFIX + "$(openssl rand -base64 32).");
    }

    /** Whether this is notified of something. */
    boolean hears(String ofProject, String event) {
        return project.equals(ofProject) && events.contains(event);
    }

    /** Signs a message as Standard Webhooks do: HMAC-SHA256 over its id, its time and its body. */
    String signature(String id, long time, String body) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret, "HmacSHA256"));
            byte[] signed = mac.doFinal((id + "." + time + "." + body).getBytes(StandardCharsets.UTF_8));
            return "v1," + Base64.getEncoder().encodeToString(signed);
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
