package org.align4j.desk.track;

import static org.align4j.core.error.RootFormat.format;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import org.align4j.core.error.AddressSecrets;
import org.align4j.core.error.InputException;
import org.align4j.core.web.WebClient;

/**
 * An experiment of an MLflow server, as options name it: {@code URL#EXPERIMENT}. It holds no secret: who sends is known by the variables of the
 * environment that MLflow's own clients read.
 *
 * @param server without a slash at its end
 * @param experiment its name
 */
record MlflowTarget(URI server, String experiment) {
    /** The word before the colon in {@code mlflow:URL#EXPERIMENT}. */
    static final String WORD = "mlflow";

    private static final int LONGEST_EXPERIMENT = 500;
    private static final String USER = "MLFLOW_TRACKING_USERNAME";
    private static final String PASSWORD = "MLFLOW_TRACKING_PASSWORD";
    private static final String TOKEN = "MLFLOW_TRACKING_TOKEN";

    /**
     * Reads what stands behind {@code mlflow:}.
     *
     * @throws InputException where it is no address of a server with an experiment
     */
    static MlflowTarget parse(String text) {
        int end = text.indexOf('#');
        String address = end < 0 ? text : text.substring(0, end);
        String experiment = end < 0 ? "" : text.substring(end + 1);
        if (AddressSecrets.hasUser(address) || address.indexOf('?') >= 0) {
            throw wrong(
                    text,
                    "has a user or a query in its address, which runs would keep; give the address alone and set "
                            + USER + " and " + PASSWORD + ", or " + TOKEN);
        }
        if (experiment.isBlank() || experiment.length() > LONGEST_EXPERIMENT) {
            throw wrong(
                    text,
                    "names no experiment of up to 500 letters behind #; give mlflow:http://127.0.0.1:5000#EXPERIMENT");
        }
        try {
            URI server = new URI(address.replaceAll("/+$", ""));
            if (WebClient.reaches(server)) {
                return new MlflowTarget(server, experiment);
            }
        } catch (URISyntaxException noAddress) {
            // What is no address is refused below.
        }
        throw wrong(text, "is no address of http or https; give mlflow:http://127.0.0.1:5000#EXPERIMENT");
    }

    private static InputException wrong(String text, String why) {
        return new InputException(format("%s:%s %s.", WORD, AddressSecrets.removed(text), why));
    }

    /** Returns the target as options name it. */
    String text() {
        return WORD + ":" + server + "#" + experiment;
    }

    /**
     * Identifies the sender to the server, as MLflow's own clients do: by user and password where both are set, else by the token.
     *
     * @param environment the process's
     */
    static void sign(HttpRequest.Builder request, Map<String, String> environment) {
        String user = environment.getOrDefault(USER, "");
        String password = environment.getOrDefault(PASSWORD, "");
        String token = environment.getOrDefault(TOKEN, "").strip();
        if (!user.isEmpty() && !password.isEmpty()) {
            byte[] both = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
            request.header("Authorization", "Basic " + Base64.getEncoder().encodeToString(both));
        } else if (!token.isEmpty()) {
            request.header("Authorization", "Bearer " + token);
        }
    }
}
