package org.align4j.core.session.cluster;

import java.util.List;
import java.util.Map;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.Round;

/**
 * What takes forwards for another process, opened by the settled options of that one. It lives as long as its process.
 *
 * @param hashes of its models and rows by name
 * @param policies whose values come before a round, in the order in which {@link ClusterSource.Work} has them
 * @param rounds that it knows
 */
public record Taker(Map<String, String> hashes, List<Policy> policies, List<Round<?, ?>> rounds) {}
