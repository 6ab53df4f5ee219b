/** The name of the format of OpenAI's Responses: https://platform.openai.com/docs/api-reference/responses */
export const responsesFormat = "responses";
