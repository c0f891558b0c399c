async function verifiedReader(profile, login, signal) {
  if (login.connectionStrategy !== "github") throw new Refusal("not a GitHub connection");
  const read = githubReader(githubIdentity(profile.identities, login.connection), signal);
  await requireMember(read, GITHUB_ORGANISATION);
  return read;
}

function refusal(error) {
  console.log(`login refused: ${reasonOf(error)}`);
  return new UnauthorizedError(
    `Only members of ${GITHUB_ORGANISATION} on GitHub may log in, and this could not be confirmed.`,
  );
}
