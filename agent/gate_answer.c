/* An answer of the gate's own: one problem document, and the end of the connection. */
#include <microhttpd.h>
#include <time.h>

#include "agent/gate_private.h"
#include "api/api.h"

void gate_answer(struct buffer *out, int status, int retry_after, const char *detail,
		 bool with_body)
{
	struct api_answer answer = { 0 };
	time_t now = time(NULL);
	struct tm parts;
	char date[64];

	api_refuse(&answer, status, retry_after, detail);
	gmtime_r(&now, &parts);
	strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", &parts);
	buffer_format(out,
		      "HTTP/1.1 %d %s\r\nDate: %s\r\nConnection: close\r\n"
		      "Content-Type: %s\r\nContent-Length: %zu\r\n",
		      status, MHD_get_reason_phrase_for((unsigned int)status), date,
		      answer.content_type, answer.body.length);
	for (unsigned int i = 0; i < answer.header_count; i++)
		buffer_format(out, "%s: %s\r\n", answer.headers[i].name,
			      answer.headers[i].value);
	buffer_text(out, "\r\n");
	if (with_body)
		buffer_append(out, answer.body.data, answer.body.length);
	api_answer_free(&answer);
}
