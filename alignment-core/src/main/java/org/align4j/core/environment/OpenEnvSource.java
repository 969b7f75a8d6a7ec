package org.align4j.core.environment;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.align4j.core.error.AddressSecrets;
import org.align4j.core.error.InputException;
import org.align4j.core.files.Json;
import org.align4j.core.web.RetryingClient;
import org.align4j.core.web.WebClient;

/** {@code --environment http://…}: a server of OpenEnv, each episode a session of its own over a WebSocket. */
public final class OpenEnvSource implements EnvironmentSource {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int LONGEST_SCHEMA = 1 << 20;

    @Override
    public String usage() {
        return "http://…";
    }

    @Override
    public boolean takes(String given) {
        String scheme = given.toLowerCase(Locale.ROOT);
        return scheme.startsWith("http://") || scheme.startsWith("https://");
    }

    @Override
    public void requireNew(String given) {
        String parameter = AddressSecrets.parameter(given);
        if (AddressSecrets.hasUser(given) || parameter != null) {
            throw new InputException("environment is " + AddressSecrets.ofAddress(given)
                    + ", which holds what may be secret, and addresses are written into the run; leave it out, and have a server on this"
                    + " machine pass requests on with it.");
        }
        address(given);
    }

    @Override
    public EnvironmentHost open(String given, EnvironmentContext context) {
        URI address = address(given);
        List<String> texts = texts(address);
        return Environments.of(() -> new OpenEnv(socket(address), texts, context.episodeTime()), context);
    }

    private static URI address(String given) {
        try {
            URI address = URI.create(given.replaceFirst("/+$", ""));
            if (WebClient.reaches(address)) {
                return address;
            }
        } catch (IllegalArgumentException noAddress) {
            // said below
        }
        throw new InputException("environment is " + AddressSecrets.ofAddress(given)
                + ", which is no address of a server; http://localhost:8000 is one.");
    }

    private static URI socket(URI address) {
        return URI.create(address.toString().replaceFirst("(?i)^http", "ws") + "/ws");
    }

    /** Asks the server which fields of an action are texts. */
    private static List<String> texts(URI address) {
        RetryingClient client =
                new RetryingClient(WebClient.within(PATIENCE), 3, Duration.ofSeconds(1), Duration.ofSeconds(5));
        try {
            RetryingClient.Reply reply = client.send(
                    HttpRequest.newBuilder(URI.create(address + "/schema"))
                            .GET()
                            .build(),
                    LONGEST_SCHEMA);
            JsonNode fields = Json.read(reply.text()).path("action").path("properties");
            if (!reply.granted() || !fields.isObject()) {
                throw new InputException("environment is " + address + ", which gives no schema of actions at "
                        + address + "/schema (status " + reply.status() + "); it must be a server of OpenEnv.");
            }
            List<String> texts = new ArrayList<>();
            fields.properties().forEach(field -> {
                if (field.getValue().path("type").asText().equals("string")) {
                    texts.add(field.getKey());
                }
            });
            return texts;
        } catch (JsonProcessingException e) {
            throw new InputException(
                    "environment is " + address + ", whose /schema is no JSON; it must be a server of OpenEnv.", e);
        } catch (IOException e) {
            throw new InputException(
                    "environment is " + address + ", which can't be reached (" + e.getMessage()
                            + "); start the server first.",
                    e);
        }
    }
}
