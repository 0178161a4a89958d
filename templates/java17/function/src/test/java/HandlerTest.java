import static org.junit.Assert.assertEquals;

import com.openfaas.function.Handler;
import com.openfaas.model.IResponse;
import com.openfaas.model.Request;
import java.util.Map;
import org.junit.Test;

public class HandlerTest {
    @Test
    public void greetsTheNameInTheBody() {
        IResponse response = new Handler().Handle(new Request("Ada", Map.of()));
        assertEquals(200, response.getStatusCode());
        assertEquals("Hello, Ada!", response.getBody());
    }
}
