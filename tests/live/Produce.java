// Produce.java - writes records as a stranger would: any bytes, without Sluice's own client.
//
//     java -cp 'build/stack-jars/*' tests/live/Produce.java BROKER TOPIC PARTITION KEY VALUE [KEY VALUE ..]
//
// VALUE is a file. An empty KEY is none. It ends with another code than 0 if the broker does not take one.
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

public class Produce {
    public static void main(String[] words) throws Exception {
        Map<String, Object> settings = Map.of("bootstrap.servers", words[0], "acks", "all");
        var bytes = new ByteArraySerializer();
        try (var producer = new KafkaProducer<byte[], byte[]>(settings, bytes, bytes)) {
            for (int i = 3; i + 1 < words.length; i += 2) {
                byte[] key = words[i].isEmpty() ? null : words[i].getBytes(StandardCharsets.UTF_8);
                byte[] value = Files.readAllBytes(Path.of(words[i + 1]));
                producer.send(new ProducerRecord<>(words[1], Integer.valueOf(words[2]), key, value)).get();
            }
        }
    }
}
