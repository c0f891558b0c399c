function addGithubTeams(user, context, callback) {
  // Puts the slugs of the user's teams in one GitHub organisation into the ID token, at each login and each refresh.
  const GITHUB_ORGANISATION = __GITHUB_ORGANISATION__;

  // include: membership.js

  // include: teams.js

  // include: profile.js

  async function addTeams() {
    const claim = configuration.K8S_OIDC_GROUP_CLAIM_DOMAIN;
    if (typeof claim !== "string" || claim === "") throw new Refusal("no claim configured");
    const groups = await withinBudget(async (signal) => {
      const read = await verifiedReader(user, context, signal);
      return teamSlugs(read, GITHUB_ORGANISATION);
    });
    context.idToken = { ...context.idToken, [claim]: groups };
  }

  addTeams().then(
    () => callback(null, user, context),
    (error) => callback(refusal(error)),
  );
}
