import com.dynatrace.metric.util.MetricException;
import com.dynatrace.metric.util.MetricLineBuilder;
import com.dynatrace.metric.util.MetricLineBuilder.TypeStep;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;

/**
 * Writes metric lines with Dynatrace's own library: one line per line of input, or "!" and the reason. Input: fields
 * separated by blanks: name, kind (value, count, summary or metadata), numbers joined by commas (or unit and
 * description), milliseconds or "-", then keys and values of dimensions. Texts are UTF-16 in base64.
 */
public class DynatraceLines {
  public static void main(String[] args) throws Exception {
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      try {
        out.println(written(line.split(" ")));
      } catch (MetricException error) {
        out.println("!" + error.getMessage().replaceAll("\\s", " "));
      }
    }
    out.flush();
  }

  private static String written(String[] fields) throws MetricException {
    TypeStep step = MetricLineBuilder.create().metricKey(text(fields[0]));
    for (int i = 4; i + 1 < fields.length; i += 2) step = step.dimension(text(fields[i]), text(fields[i + 1]));
    String[] values = fields[2].split(",");
    var ended =
        switch (fields[1]) {
          case "value" -> step.gauge().value(Double.parseDouble(values[0]));
          case "count" -> step.count().delta(Double.parseDouble(values[0]));
          case "summary" ->
              step.gauge()
                  .summary(
                      Double.parseDouble(values[0]),
                      Double.parseDouble(values[1]),
                      Double.parseDouble(values[2]),
                      Long.parseLong(values[3]));
          default -> null;
        };
    if (ended == null) {
      return step.gauge().metadata().description(text(values[1])).unit(text(values[0])).build();
    }
    return fields[3].equals("-") ? ended.build() : ended.timestamp(Instant.ofEpochMilli(Long.parseLong(fields[3]))).build();
  }

  private static String text(String base64) {
    return new String(Base64.getDecoder().decode(base64.substring(1)), StandardCharsets.UTF_16LE);
  }
}
