async function githubTokenOf(event, signal) {
  if (typeof event.user.user_id !== "string" || event.user.user_id === "") throw new Refusal("no user");
  const credentials = {
    grant_type: "client_credentials",
    client_id: event.secrets.CLIENT_ID,
    client_secret: event.secrets.CLIENT_SECRET,
    audience: `https://${TENANT_DOMAIN}/api/v2/`,
  };
  const response = await fetch(`https://${TENANT_DOMAIN}/oauth/token`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(credentials),
    redirect: "error",
    signal,
  });
  if (response.status !== 200) throw new Refusal(`oauth answered ${response.status}`);
  const { access_token: token } = await response.json();
  if (typeof token !== "string" || token === "") throw new Refusal("no Management API token");
  const user = encodeURIComponent(event.user.user_id);
  const { body } = await getJson(
    `https://${TENANT_DOMAIN}/api/v2/users/${user}?fields=identities&include_fields=true`,
    { authorization: `Bearer ${token}` },
    signal,
  );
  return githubIdentity(body && body.identities, event.connection.name);
}

async function verifiedReader(event, signal) {
  if (event.connection.strategy !== "github") throw new Refusal("not a GitHub connection");
  const read = githubReader(await githubTokenOf(event, signal), signal);
  await requireMember(read, GITHUB_ORGANISATION);
  return read;
}

function refuse(api, error) {
  console.log(`login refused: ${reasonOf(error)}`);
  api.access.deny(`Only members of ${GITHUB_ORGANISATION} on GitHub may log in, and this could not be confirmed.`);
}
