// Lets every address pass that has a canonical form.
function handler(event) {
    var found = address(event.request);
    if (found.problem) {
        return refuse(400, 'Bad Request', found.problem);
    }
    event.request.uri = found.uri;
    return event.request;
}
